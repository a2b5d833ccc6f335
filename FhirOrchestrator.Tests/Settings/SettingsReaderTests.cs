using FhirOrchestrator.Facts;
using FhirOrchestrator.Settings;

namespace FhirOrchestrator.Tests.Settings;

[NonParallelizable] // sets environment variables of the process: other tests' children would inherit them
internal sealed class SettingsReaderTests
{
    private static readonly string[] OneEhr =
        ["--Ehrs:0:Name=north", "--Ehrs:0:BaseUrl=http://localhost:8080/fhir/", "--Ehrs:0:Kind=hapi"];

    [Test]
    public void Read_Nothing_DefaultsOfTheOutsideFace()
    {
        using var bench = new SettingsBench();

        var settings = bench.Ready();

        Assert.Multiple(() =>
        {
            Assert.That(settings.Urls, Is.EqualTo(["http://localhost:5080"]));
            Assert.That(settings.PublicUrl, Is.EqualTo(new Uri("http://localhost:5080")));
            Assert.That(settings.DataFolder, Is.EqualTo(Path.Combine(bench.ContentRoot, ".data")));
            Assert.That(settings.DataFolderGiven, Is.False);
            Assert.That(settings.Workflows.Folder, Is.EqualTo(Path.Combine(bench.ContentRoot, "subscriptions")));
            Assert.That(settings.ConnectionStrings.UsesPrivateCluster, Is.True);
            Assert.That(settings.UsesSandbox, Is.True);
        });
    }

    [Test]
    public void Read_OneEhr_WritesOffAndNoSlashAtTheEnd()
    {
        using var bench = new SettingsBench();

        var ehr = bench.Ready(OneEhr).Ehrs.Single();

        Assert.Multiple(() =>
        {
            Assert.That(ehr.Name, Is.EqualTo(new EhrId("north")));
            Assert.That(ehr.BaseUrl.AbsoluteUri, Is.EqualTo("http://localhost:8080/fhir"));
            Assert.That(ehr.Writes, Is.EqualTo(WriteScope.Off));
            Assert.That(ehr.Since, Is.Null);
            Assert.That(ehr.Auth, Is.EqualTo(new EhrAuth.None()));
        });
    }

    [Test]
    public void Read_KindSandboxConfigured_WritesStillOff()
    {
        using var bench = new SettingsBench();

        var settings = bench.Ready([.. OneEhr[..2], "--Ehrs:0:Kind=sandbox"]);

        Assert.That(settings.Ehrs.Single().Writes, Is.EqualTo(WriteScope.Off));
    }

    [TestCase("off", WriteScope.Off)]
    [TestCase("task", WriteScope.Task)]
    [TestCase("Communication", WriteScope.Communication)]
    [TestCase("all", WriteScope.All)]
    public void Read_Writes_AsWorded(string word, object expected)
    {
        using var bench = new SettingsBench();

        Assert.That(bench.Ready([.. OneEhr, $"--Ehrs:0:Writes={word}"]).Ehrs.Single().Writes, Is.EqualTo(expected));
    }

    [Test]
    public void Read_FileEnvironmentCommandLine_TheLaterWins()
    {
        using var bench = new SettingsBench();
        bench.WriteFile("""{ "PublicUrl": "http://file", "DataFolder": "file", "Workflows": { "Folder": "file" } }""");
        bench.SetEnvironment("DataFolder", "environment");
        bench.SetEnvironment("Workflows__Folder", "environment");

        var settings = bench.Ready("--Workflows:Folder=line");

        Assert.Multiple(() =>
        {
            Assert.That(settings.PublicUrl, Is.EqualTo(new Uri("http://file")));
            Assert.That(settings.DataFolder, Is.EqualTo(Path.Combine(bench.ContentRoot, "environment")));
            Assert.That(settings.Workflows.Folder, Is.EqualTo(Path.Combine(bench.ContentRoot, "line")));
        });
    }

    [Test]
    public void Read_EhrFromEnvironment_OneKeyOverriddenByTheCommandLine()
    {
        using var bench = new SettingsBench();
        bench.SetEnvironment("Ehrs__0__Name", "north");
        bench.SetEnvironment("Ehrs__0__BaseUrl", "http://localhost:8080/fhir");
        bench.SetEnvironment("Ehrs__0__Kind", "hapi");

        var ehr = bench.Ready("--Ehrs:0:BaseUrl=http://localhost:9090/fhir").Ehrs.Single();

        Assert.That((ehr.Kind, ehr.BaseUrl.Port), Is.EqualTo(("hapi", 9090)));
    }

    [Test]
    public void Read_SecondFileAtContentRoot_WinsOverTheOneBesideTheExecutable()
    {
        using var bench = new SettingsBench();
        bench.WriteProgramFile("""{ "Intake": { "BodyBytesMax": 2048 }, "PublicUrl": "http://program" }""");
        bench.WriteFile("""{ "Intake": { "BodyBytesMax": 4096 } }""");

        var settings = bench.Ready();

        Assert.That(
            (settings.Intake.BodyBytesMax, settings.PublicUrl), Is.EqualTo((4096, new Uri("http://program"))));
    }

    [TestCase("http://0.0.0.0:80", "http://localhost/")]
    [TestCase("http://*:5081", "http://localhost:5081/")]
    [TestCase("http://[::]:5081", "http://localhost:5081/")]
    [TestCase("https://orchestrator.example.org:443;http://localhost:5080", "https://orchestrator.example.org/")]
    public void Read_UrlsWithoutPublicUrl_FirstOneBecomesPublic(string urls, string publicUrl)
    {
        using var bench = new SettingsBench();

        Assert.That(bench.Ready($"--Urls={urls}").PublicUrl.AbsoluteUri, Is.EqualTo(publicUrl));
    }

    [TestCase("http://localhost:5081")]
    [TestCase("http://*:5081")]
    [TestCase("http://0.0.0.0:5081")]
    public void EhrsInForce_NoneConfigured_TheHospitalOfThisProcess(string urls)
    {
        using var bench = new SettingsBench();

        var ehr = bench.Ready($"--Urls={urls}", "--PublicUrl=https://elsewhere.example.org").EhrsInForce.Single();

        Assert.That(
            (ehr.Name, ehr.Kind, ehr.Writes, ehr.BaseUrl.AbsoluteUri),
            Is.EqualTo((EhrId.Sandbox, "sandbox", WriteScope.All, "http://localhost:5081/sandbox/fhir")));
    }

    [Test]
    public void UnderPublicUrl_PublicUrlWithPath_KeepsItAndOneSlash()
    {
        using var bench = new SettingsBench();

        var settings = bench.Ready("--PublicUrl=https://hospital.example.org/orchestrator/");

        Assert.That(
            settings.UnderPublicUrl("hooks/abc").AbsoluteUri,
            Is.EqualTo("https://hospital.example.org/orchestrator/hooks/abc"));
    }

    [TestCase("PT5S")]
    [TestCase("00:00:05")]
    public void Read_Duration_BothForms(string text)
    {
        using var bench = new SettingsBench();

        Assert.That(bench.Ready($"--Sweeps:Every={text}").Sweeps.Every, Is.EqualTo(TimeSpan.FromSeconds(5)));
    }

    [Test]
    public void Read_Since_AsUtc()
    {
        using var bench = new SettingsBench();

        var since = bench.Ready([.. OneEhr, "--Ehrs:0:Since=2026-11-01T00:00:00+02:00"]).Ehrs.Single().Since;

        Assert.That(since, Is.EqualTo(new DateTimeOffset(2026, 10, 31, 22, 0, 0, TimeSpan.Zero)));
    }

    [Test]
    public void Read_BearerAndBasic_Kept()
    {
        using var bench = new SettingsBench();

        var bearer = bench.Ready([.. OneEhr, "--Ehrs:0:Auth:Kind=bearer", "--Ehrs:0:Auth:Token=t0k"]);
        var basic = bench.Ready(
            [.. OneEhr, "--Ehrs:0:Auth:Kind=basic", "--Ehrs:0:Auth:User=u", "--Ehrs:0:Auth:Password=p:w"]);

        Assert.Multiple(() =>
        {
            Assert.That(bearer.Ehrs.Single().Auth, Is.EqualTo(new EhrAuth.Bearer("t0k")));
            Assert.That(basic.Ehrs.Single().Auth, Is.EqualTo(new EhrAuth.Basic("u", "p:w")));
            Assert.That(bearer.Ehrs.Single().ToString(), Does.Not.Contain("t0k"));
            Assert.That(basic.Ehrs.Single().ToString(), Does.Not.Contain("p:w"));
        });
    }

    [Test]
    public void Read_LoopbackPublicUrlAndEhrElsewhere_Warns()
    {
        using var bench = new SettingsBench();

        var result = bench.Read([OneEhr[0], "--Ehrs:0:BaseUrl=https://ehr.example.org/fhir", OneEhr[2]]);

        Assert.That(
            ((SettingsResult.Ready)result).Warnings.Single(), Does.Contain("EHR north").And.Contain("cannot arrive"));
    }

    [Test]
    public void Read_FrameworkSectionsAndForeignEnvironment_Pass()
    {
        using var bench = new SettingsBench();
        bench.WriteFile(
            """{ "Logging": { "LogLevel": { "Default": "Debug" } }, "AllowedHosts": "*", "Kestrel": {} }""");
        bench.SetEnvironment("SOMEBODY_ELSES", "1");
        bench.SetEnvironment("SOMEBODY__ELSES", "1");
        bench.SetEnvironment("ACCESS", "1");
        bench.SetEnvironment("WORKFLOWS", "1");

        Assert.That(bench.Read([]), Is.InstanceOf<SettingsResult.Ready>());
    }

    [Test]
    public void Read_EmptyListsAndSectionsInFile_AreNothing()
    {
        using var bench = new SettingsBench();
        bench.WriteFile("""{ "Ehrs": [], "Sweeps": {}, "PublicUrl": null }""");

        Assert.That(bench.Ready().UsesSandbox, Is.True);
    }
}
