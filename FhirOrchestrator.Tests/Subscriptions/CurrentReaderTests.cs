using FhirOrchestrator.Facts;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Subscriptions;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Subscriptions;

internal sealed class CurrentReaderTests
{
    private static readonly ResourceKey Key = new(new EhrId("north"), "Encounter", "e1");

    [Test]
    public async Task Read_ThereIsOne_GivesItsCurrentVersion()
    {
        var read = (CurrentState.Read)await Read(() => ScriptedEhr.Json(
            200, """{"resourceType":"Encounter","id":"e1","meta":{"versionId":"9"}}"""));

        Assert.That((read.Happening.Version, read.Happening.IsDeleted), Is.EqualTo(("9", false)));
    }

    [TestCase(410)]
    [TestCase(404)]
    public async Task Read_GoneInFhirsWords_IsDeleted(int status)
    {
        var read = (CurrentState.Read)await Read(() => ScriptedEhr.Outcome(status, "not-found"));

        Assert.That((read.Happening.Version, read.Happening.IsDeleted), Is.EqualTo((ResourceVersions.Deleted, true)));
    }

    [Test]
    public async Task Read_BareNotFound_IsNoDeletion() =>
        Assert.That(await Read(() => ScriptedEhr.Json(404, "<html/>")), Is.InstanceOf<CurrentState.Later>());

    [TestCase(500)]
    [TestCase(429)]
    [TestCase(401)]
    public async Task Read_NoAnswer_IsTriedLater(int status) =>
        Assert.That(await Read(() => ScriptedEhr.Outcome(status, "transient")), Is.InstanceOf<CurrentState.Later>());

    [Test]
    public async Task Read_Refused_IsForAPerson() =>
        Assert.That(await Read(() => ScriptedEhr.Outcome(400, "invalid")), Is.InstanceOf<CurrentState.Refused>());

    [Test]
    public async Task Read_EhrNotConfigured_IsForAPerson()
    {
        using var clients = new EhrClients([], TimeProvider.System);

        var read = await new CurrentReader(clients).ReadAsync(Key, Origin.Notification, new(1), default, default);

        Assert.That(read, Is.EqualTo(new CurrentState.Refused("the EHR north is not configured any more")));
    }

    private static async Task<CurrentState> Read(Func<HttpResponseMessage> answer)
    {
        using var ehr = new ScriptedEhr(_ => answer());
        using var clients = new EhrClients(
            [ScriptedEhr.Settings()], TimeProvider.System, new RemoteLimits { SafeRetriesMax = 0 }, _ => ehr);
        return await new CurrentReader(clients).ReadAsync(Key, Origin.Notification, new(1), default, default);
    }
}
