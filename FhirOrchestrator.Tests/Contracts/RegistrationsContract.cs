using FhirOrchestrator.Facts;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Tests.Contracts;

/// <summary>What every store of registrations does.</summary>
internal abstract class RegistrationsContract : StoreContract
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    private IRegistrations Store => World.Registrations;

    [Test]
    public async Task Save_New_IsFoundByItsTokenAsItWas()
    {
        var saved = Samples.Registration() with
        {
            RemoteId = "7",
            Status = RegistrationStatus.Active,
            Problem = "none",
            Watermark = Samples.Long,
            LastNotification = Samples.Long.AddMinutes(1),
        };

        Assert.Multiple(async () =>
        {
            Assert.That(await Store.SaveAsync(saved, Ct), Is.EqualTo(saved));
            Assert.That(await Store.FindByTokenAsync(saved.Token, Ct), Is.EqualTo(saved));
            Assert.That(await Store.FindByTokenAsync("other", Ct), Is.Null);
        });
    }

    [Test]
    public async Task Save_SameToken_ReplacesButNeverMovesBack()
    {
        await Store.SaveAsync(Samples.Registration() with { Watermark = Samples.Long.AddHours(1) }, Ct);

        var stored = await Store.SaveAsync(
            Samples.Registration() with
            {
                Watermark = Samples.Long, Status = RegistrationStatus.Off, Problem = "off",
            },
            Ct);

        Assert.That(
            (stored.Status, stored.Problem, stored.Watermark),
            Is.EqualTo((RegistrationStatus.Off, "off", (DateTimeOffset?)Samples.Long.AddHours(1))));
        Assert.That(await Store.ListAsync(Ct), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Save_ManyAtOnce_AddOne()
    {
        var stored = await Task.WhenAll(Enumerable.Range(0, 10).Select(
            i => Store.SaveAsync(Samples.Registration(token: $"token{i}"), Ct)));

        Assert.That(stored.Select(r => r.Token).Distinct().Count(), Is.EqualTo(1));
        Assert.That(await Store.ListAsync(Ct), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Remove_OnlyItsOwnIncarnation()
    {
        await Store.SaveAsync(Samples.Registration("a", "1"), Ct);
        await Store.SaveAsync(Samples.Registration("b", "2"), Ct);

        await Store.RemoveAsync(Samples.Registration("a", "older"), Ct);
        await Store.RemoveAsync(Samples.Registration("b", "2"), Ct);

        Assert.That((await Store.ListAsync(Ct)).Select(r => r.Name), Is.EqualTo(["a"]));
    }

    [Test]
    public async Task WhileLeader_OneAtATimeAndFreeAfterwards()
    {
        var second = true;
        var other = false;
        var first = await Store.WhileLeaderAsync(
            "sweep",
            async ct =>
            {
                second = await Store.WhileLeaderAsync("sweep", _ => Task.CompletedTask, ct);
                other = await Store.WhileLeaderAsync("publish", _ => Task.CompletedTask, ct);
            },
            Ct);
        await Assert.ThatAsync(
            () => Store.WhileLeaderAsync("sweep", _ =>
                throw new FormatException("planned"), Ct), Throws.TypeOf<FormatException>());

        Assert.Multiple(async () =>
        {
            Assert.That((first, second, other), Is.EqualTo((true, false, true)));
            Assert.That(await Store.WhileLeaderAsync("sweep", _ => Task.CompletedTask, Ct), Is.True);
        });
    }
}
