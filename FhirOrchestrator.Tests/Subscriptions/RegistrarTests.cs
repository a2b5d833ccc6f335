using System.Collections.Immutable;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Subscriptions;
using FhirOrchestrator.Tests.Intake;
using FhirOrchestrator.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace FhirOrchestrator.Tests.Subscriptions;

internal sealed class RegistrarTests
{
    private readonly SteppedTime _time = new();
    private FakeSubscriptionServer _server = new();
    private FakeRegistrations _registrations = new();
    private WantedSubscriptions _wanted = new([], []);

    [SetUp]
    public void Start()
    {
        _server = new FakeSubscriptionServer();
        _registrations = new FakeRegistrations();
        _wanted = Wanted("Encounter?class=IMP");
    }

    [Test]
    public async Task Round_NewSubscription_IsRegisteredWithItsOwnTokenAndSecretFromNowOn()
    {
        await Round(Registrar("medplum"));

        var (kept, there) = (_registrations.Only, _server.Kept["s1"]);
        Assert.Multiple(() =>
        {
            Assert.That(
                (kept.Status, kept.RemoteId, kept.Problem),
                Is.EqualTo((RegistrationStatus.Active, "s1", (string?)null)));
            Assert.That(kept.Token, Has.Length.EqualTo(43));
            Assert.That(kept.Secret, Has.Length.EqualTo(43).And.Not.EqualTo(kept.Token));
            Assert.That(there.Root.Child("channel")?.Text("endpoint"),
                Is.EqualTo($"https://orchestrator.example/base/hooks/{kept.Token}"));
            Assert.That(there.Root.Child("channel")?.Items("header")[0].AsText,
                Is.EqualTo($"X-FhirOrchestrator-Secret: {kept.Secret}"));
            Assert.That(
                kept.Watermark - new SweepSettings().Overlap,
                Is.EqualTo(_server.Now),
                "the first sweep begins at the EHR's Date");
        });
    }

    [Test]
    public async Task Round_Since_SetsTheWatermarkBack()
    {
        var since = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

        await Round(Registrar("medplum", since: since));

        Assert.That(_registrations.Only.Watermark - new SweepSettings().Overlap, Is.EqualTo(since));
    }

    [Test]
    public async Task Round_EhrDownAtStart_SaysSoKeepsTryingWithPausesAndRegistersLater()
    {
        var registrar = Registrar("sandbox");
        _server.IsDown = true;
        await Round(registrar);
        Assert.That(_registrations.Only.Status, Is.EqualTo(RegistrationStatus.Wanted));
        Assert.That(_registrations.Only.Problem, Is.EqualTo("GET Subscription: no reply (ConnectionError)"));
        var asked = _server.Ehr.Seen.Length;
        await Round(registrar);
        Assert.That(_server.Ehr.Seen, Has.Length.EqualTo(asked), "not before its pause is over");
        var rounds = 0;
        for (; rounds < 60; rounds++)
        {
            await Round(registrar, seconds: 1);
        }

        var tries = _server.Ehr.Seen.Length;
        _server.IsDown = false;
        await Round(registrar, seconds: 60);

        Assert.Multiple(() =>
        {
            Assert.That(tries, Is.LessThan(10), "pauses grow");
            Assert.That(_registrations.Only.RemoteId, Is.EqualTo("s1"));
            Assert.That(_registrations.Only.Problem, Is.Null);
        });
    }

    [Test]
    public async Task Round_CreatedButReplyLost_AdoptsItInsteadOfMakingASecond()
    {
        var registrar = Registrar("medplum");
        _server.LosesReplies = true;
        await Round(registrar);
        Assert.That(_registrations.Only.RemoteId, Is.Null);
        _server.LosesReplies = false;

        await Round(registrar, seconds: 5);

        Assert.That(_registrations.Only.RemoteId, Is.EqualTo("s1"));
        Assert.That(_server.Kept, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Round_SeveralOfOurOwn_KeepsOne()
    {
        var registrar = Registrar("medplum");
        await Round(registrar);
        _server.Kept["s7"] = _server.Kept["s1"].WithId("s7");
        await _registrations.SaveAsync(_registrations.Only with { RemoteId = null }, default);

        await Round(registrar, seconds: 60);

        Assert.That(_server.Kept.Keys, Is.EqualTo((string[])["s1"]));
    }

    [Test]
    public async Task Round_Requested_BecomesActiveWhenTheEhrSaysSo()
    {
        var registrar = Registrar("sandbox");
        await Round(registrar);
        Assert.That(_registrations.Only.Status, Is.EqualTo(RegistrationStatus.Requested));
        _server.Set("active");

        await Round(registrar, seconds: 1);

        Assert.That(_registrations.Only.Status, Is.EqualTo(RegistrationStatus.Active));
    }

    [Test]
    public async Task Round_HandshakeNeverComes_IsSubmittedAgainAfterTheDeadlineAndSaysSo()
    {
        var registrar = Registrar("sandbox");
        for (var second = 0; second < 19; second++)
        {
            await Round(registrar, seconds: 1);
        }

        Assert.That(_server.Count("PUT"), Is.Zero);
        for (var second = 0; second < 30; second++)
        {
            await Round(registrar, seconds: 1);
        }

        Assert.That(_server.Count("PUT"), Is.EqualTo(1));
        Assert.That(_server.Kept["s1"].VersionId, Is.EqualTo("11"));
    }

    [Test]
    public async Task Round_CandleStaysRequestedButIsHeard_CountsAsActive()
    {
        var registrar = Registrar("candle");
        await Round(registrar);
        await _registrations.SaveAsync(
            _registrations.Only with { LastNotification = _time.GetUtcNow().AddSeconds(3) }, default);

        await Round(registrar, seconds: 5);

        Assert.That(_registrations.Only.Status, Is.EqualTo(RegistrationStatus.Active));
        Assert.That(_registrations.Only.Problem, Does.Contain("the sweep finds the rest"));
    }

    [TestCase("error", RegistrationStatus.Error)]
    [TestCase("off", RegistrationStatus.Off)]
    public async Task Round_EhrStopsIt_IsNoticedWithinTwoMinutesSaidAndReactivated(
        string status, RegistrationStatus known)
    {
        var registrar = Registrar("hapi");
        _server.Gives = "active";
        await Round(registrar);
        _server.Set(status);
        _server.Gives = "requested";

        await Round(registrar, seconds: 60);
        var noticed = _registrations.Only;
        _server.Set("active");
        await Round(registrar, seconds: 60);

        Assert.Multiple(() =>
        {
            Assert.That(noticed.Status, Is.EqualTo(known));
            Assert.That(noticed.Problem, Does.EndWith("submitted again"));
            Assert.That(_server.Count("PUT"), Is.EqualTo(1));
            Assert.That(
                (_registrations.Only.Status, _registrations.Only.Problem),
                Is.EqualTo((RegistrationStatus.Active, (string?)null)));
        });
    }

    [Test]
    public async Task Round_MedplumInError_IsReactivatedByActive()
    {
        var registrar = Registrar("medplum");
        await Round(registrar);
        _server.Set("error");

        await Round(registrar, seconds: 60);

        Assert.That(_server.Kept["s1"].Root.Text("status"), Is.EqualTo("active"));
        Assert.That(_registrations.Only.Status, Is.EqualTo(RegistrationStatus.Active));
    }

    [Test]
    public async Task Round_EhrForgot_RegistersAgainAndKeepsTheWatermark()
    {
        var registrar = Registrar("medplum");
        await Round(registrar);
        var watermark = _registrations.Only.Watermark;
        _server.Kept.Clear();
        _server.Now += TimeSpan.FromHours(5);

        await Round(registrar, seconds: 60);

        Assert.That(_registrations.Only.RemoteId, Is.EqualTo("s2"));
        Assert.That(_registrations.Only.Watermark, Is.EqualTo(watermark), "the sweep closes the gap");
    }

    [Test]
    public async Task Round_CriteriaChanged_UpdatesTheSameSubscription()
    {
        var registrar = Registrar("hapi");
        _server.Gives = "active";
        await Round(registrar);
        _wanted = Wanted("Encounter?class=IMP,ACUTE");

        await Round(registrar, seconds: 60);

        Assert.That(_server.Kept["s1"].Root.Text("criteria"), Is.EqualTo("Encounter?class=IMP,ACUTE"));
        Assert.That(_registrations.Only.Criteria, Is.EqualTo("Encounter?class=IMP,ACUTE"));
        Assert.That(_server.Count("POST"), Is.EqualTo(1));
    }

    [Test]
    public async Task Round_SomebodyChangedItAtTheEhr_IsPutRight()
    {
        var registrar = Registrar("hapi");
        _server.Gives = "active";
        await Round(registrar);
        _server.Kept["s1"] = _server.Kept["s1"].With("criteria", "Patient?");

        await Round(registrar, seconds: 60);

        Assert.That(_server.Kept["s1"].Root.Text("criteria"), Is.EqualTo("Encounter?class=IMP"));
    }

    [Test]
    public async Task Round_ServerThatOnlyCreatesAndReads_IsRegisteredAllTheSame()
    {
        _server.IsMinimal = true;
        _server.Gives = "active";
        var registrar = Registrar("hapi");

        await Round(registrar);
        await Round(registrar, seconds: 60);

        Assert.That(_registrations.Only.Status, Is.EqualTo(RegistrationStatus.Active));
        Assert.That(_server.Kept, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Round_PackageGone_IsWithdrawn()
    {
        var registrar = Registrar("hapi");
        await Round(registrar);
        _wanted = new([], []);

        await Round(registrar, seconds: 60);

        Assert.That(_server.Kept, Is.Empty);
        Assert.That(_registrations.All, Is.Empty);
    }

    [Test]
    public async Task Round_PackageBroken_KeepsItsSubscription()
    {
        var registrar = Registrar("hapi");
        await Round(registrar);
        _wanted = new([], ["discharge"]);

        await Round(registrar, seconds: 60);

        Assert.That(_server.Kept, Has.Count.EqualTo(1));
        Assert.That(_registrations.All, Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Round_NoTopicAtThisKind_SweepsFromNowOn()
    {
        _wanted = Wanted("Task?code=fulfill");

        await Round(Registrar("candle"));

        Assert.That(_registrations.Only.Problem, Does.Contain("only the sweep looks for it"));
        Assert.That(_registrations.Only.Watermark - new SweepSettings().Overlap, Is.EqualTo(_server.Now));
        Assert.That(_server.Kept, Is.Empty);
    }

    [Test]
    public async Task Round_AnotherReplicaLeads_DoesNothing()
    {
        _registrations.IsLedElsewhere = true;

        await Round(Registrar("hapi"));

        Assert.That(_server.Ehr.Seen, Is.Empty);
        Assert.That(_registrations.All, Is.Empty);
    }

    private Registrar Registrar(string kind, DateTimeOffset? since = null)
    {
        var settings = HookTests.Settings(kind);
        settings = settings with { Ehrs = [settings.Ehrs[0] with { Since = since }] };
        var clients = new EhrClients(
            settings.Ehrs, _time, new RemoteLimits { SafeRetriesMax = 0, BreakerFailuresMin = 1000 }, _ => _server.Ehr);
        return new Registrar(
            clients, KindProfiles.Load(), _registrations, () => _wanted, settings, _time,
            NullLogger<Registrar>.Instance);
    }

    private async Task Round(Registrar registrar, int seconds = 0)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        await registrar.RunRoundAsync(default);
    }

    private static WantedSubscriptions Wanted(string criteria) => new(
        [
            new WorkflowPackage
            {
                Name = "discharge",
                Title = "Discharge",
                Definition = null!, // the registrar looks at nothing but subscriptions
                Subscriptions =
                [
                    new SubscriptionTemplate(
                        "subscription", Resource.Create("Subscription", ("reason", "follow up")), criteria),
                ],
                Starts = [],
                BusinessKey = null!, // likewise
                Subject = null!, // likewise
                Expressions = ImmutableDictionary<ExpressionKey, PathExpression>.Empty,
                Templates = ImmutableDictionary<StepName, StepTemplate>.Empty,
                MayStart = true,
            },
        ],
        []);
}
