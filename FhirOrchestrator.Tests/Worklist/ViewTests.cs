using FhirOrchestrator.Chains;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Worklist;

namespace FhirOrchestrator.Tests.Worklist;

/// <summary>What the screens read out of Patient, Encounter and ServiceRequest.</summary>
internal sealed class ViewTests
{
    private const string Mr = "\"type\":{\"coding\":[{\"code\":\"MR\"}]}";

    [TestCase("{}", "(no name)")]
    [TestCase("""{"name":[{"family":"Work","given":["Ida","Maria"]}]}""", "Work, Ida Maria")]
    [TestCase("""{"name":[{"family":"Work"}]}""", "Work")]
    [TestCase("""{"name":[{"text":"Ida Work"}]}""", "Ida Work")]
    [TestCase("""{"name":[{"use":"nickname","family":"Nick"},{"use":"official","family":"Work"}]}""", "Work")]
    public void Patient_Name_TheOfficialOne(string members, string name) =>
        Assert.That(Of(members).Name, Is.EqualTo(name));

    [TestCase("{\"identifier\":[{" + Mr + ",\"value\":\"7\",\"assigner\":{\"display\":\"City\"}}]}", "MRN 7 (City)")]
    [TestCase("{\"identifier\":[{" + Mr + ",\"value\":\"7\",\"system\":\"urn:x\"}]}", "MRN 7 (urn:x)")]
    [TestCase("{\"identifier\":[{" + Mr + ",\"value\":\"7\"}]}", "MRN 7")]
    [TestCase("{\"identifier\":[{" + Mr + ",\"use\":\"old\",\"value\":\"6\"},{" + Mr + ",\"value\":\"7\"}]}", "MRN 7")]
    [TestCase("""{"identifier":[{"type":{"coding":[{"code":"SS"}]},"value":"999-1"}]}""", "no MRN on file")]
    [TestCase("""{"identifier":[{"value":"1"}]}""", "no MRN on file")]
    [TestCase("{}", "no MRN on file")]
    public void Patient_Mrn_WithItsAssignerAndNeverAnotherNumber(string members, string mrn) =>
        Assert.That(Of(members).Mrn, Is.EqualTo(mrn));

    [TestCase("{}", null)]
    [TestCase("""{"communication":[{"language":{"coding":[{"code":"pl","display":"Polish"}]}}]}""", "Polish")]
    [TestCase("""{"communication":[{"language":{"text":"A"}},{"language":{"text":"B"},"preferred":true}]}""", "B")]
    public void Patient_Language_ThePreferred(string members, string? language) =>
        Assert.That(Of(members).Language, Is.EqualTo(language));

    [TestCase("{}", null)]
    [TestCase("""{"telecom":[{"system":"phone","value":"1","use":"old"}]}""", null)]
    [TestCase("""{"telecom":[{"system":"phone","value":"1","use":"home"}]}""", "phone 1 (home)")]
    [TestCase(
        """{"telecom":[{"system":"email","value":"a"},{"system":"phone","value":"1","rank":1}]}""",
        "phone 1; else email a")]
    public void Patient_Contact_ThePreferredFirst(string members, string? contact) =>
        Assert.That(Of(members).Contact, Is.EqualTo(contact));

    [Test]
    public void Patient_Gone_SaysSo() => Assert.That(PatientView.Of(null).Name, Does.Contain("no longer has"));

    [TestCase("""{"location":{"display":"1"},"status":"active"},{"location":{"display":"2"},"status":"planned"}""",
        "1")]
    [TestCase("""{"location":{"display":"A"}},{"location":{"display":"1"},"status":"active"}""", "A, 1")]
    [TestCase("""{"location":{"display":"1"},"status":"completed"}""", "1 (last)")]
    [TestCase("""{"location":{"display":"1"},"period":{"end":"2026-11-19"}},{"location":{"display":"2"}}""", "2")]
    [TestCase("", "City hospital")]
    public void Stay_Place_IsWhereThePatientIsNow(string locations, string place)
    {
        var stay = Rows.Read($$$"""
            {"resourceType":"Encounter","id":"e","status":"in-progress","serviceProvider":{"display":"City hospital"},
            "location":[{{{locations}}}]}
            """);
        Assert.That(StayView.Of(stay).Place, Is.EqualTo(place));
    }

    [TestCase("finished", "Discharged")]
    [TestCase("in-progress", "In house")]
    [TestCase("onleave", "On leave")]
    [TestCase("cancelled", "Cancelled")]
    [TestCase("entered-in-error", "Entered in error")]
    public void Stay_Status_InWords(string status, string words)
    {
        var stay = StayView.Of(Rows.Read(Rows.Stay.Replace("finished", status, StringComparison.Ordinal)));
        Assert.That(stay.What, Is.EqualTo(words));
        Assert.That(stay.When, Is.EqualTo(Rows.Now.AddHours(-1)));
        Assert.That(stay.Destination, Is.EqualTo("Home"));
    }

    [TestCase("""{"text":"Neurology"}""", "Referral: Neurology")]
    [TestCase("""{"coding":[{"code":"1","display":"Referral to Neurology"}]}""", "Referral to Neurology")]
    [TestCase("{}", "Referral: no code")]
    public void Request_Code_InWords(string code, string words)
    {
        var request = Rows.Read($$$"""
            {"resourceType":"ServiceRequest","id":"s","code":{{{code}}},"authoredOn":"2026-11-20T12:00:00Z"}
            """);
        Assert.That((StayView.Of(request).What, StayView.Of(request).When), Is.EqualTo((words, Rows.Now)));
    }

    private static PatientView Of(string members)
    {
        var rest = members.Length == 2 ? "}" : "," + members[1..];
        return PatientView.Of(Rows.Read($$"""{"resourceType":"Patient","id":"p"{{rest}}"""));
    }
}

/// <summary>What must not be overlooked.</summary>
internal sealed class BannersTests
{
    [Test]
    public void Chain_Ordinary_HasNone() => Assert.That(Banners.Of(Rows.Chain(), Rows.Now), Is.Empty);

    [TestCase("\"deceasedBoolean\":true", "Deceased")]
    [TestCase("\"deceasedDateTime\":\"2026-11-19T10:00:00Z\"", "Deceased 2026-11-19")]
    [TestCase("\"link\":[{\"type\":\"replaced-by\"}],\"active\":false", "Merged")]
    [TestCase("\"active\":false", "no longer uses")]
    public void Patient_Changed_IsUrgent(string members, string words)
    {
        var patient = Rows.Patient.Replace("\"id\":", $"{members},\"id\":", StringComparison.Ordinal);
        Expect(Rows.Chain(patient), words, isUrgent: true);
    }

    [TestCase("in-progress", "Discharge reversed")]
    [TestCase("onleave", "Discharge reversed")]
    [TestCase("cancelled", "cancelled at the EHR")]
    [TestCase("entered-in-error", "Entered in error")]
    public void Stay_Changed_IsUrgent(string status, string words) => Expect(
        Rows.Chain(trigger: Rows.Stay.Replace("finished", status, StringComparison.Ordinal)), words, isUrgent: true);

    [Test]
    public void Referral_Revoked_IsUrgent() => Expect(
        Rows.Chain(trigger: """{"resourceType":"ServiceRequest","id":"s","status":"revoked"}"""),
        "revoked",
        isUrgent: true);

    [Test]
    public void Records_Gone_AreUrgent()
    {
        Expect(Rows.Chain(patient: null), "record is gone", isUrgent: true);
        Expect(Rows.Chain(trigger: null), "gone at the EHR", isUrgent: true);
    }

    [TestCase("in-progress", "IMP", true)]
    [TestCase("in-progress", "4", true)]
    [TestCase("finished", "IMP", false)]
    [TestCase("in-progress", "AMB", false)]
    public void Readmitted_ANewStay_IsUrgent(string status, string classCode, bool isShown)
    {
        var stay = $$$"""
            {"resourceType":"Encounter","id":"e2","status":"{{{status}}}","class":{"code":"{{{classCode}}}"}}
            """;
        var chain = Rows.Chain();
        chain = chain with { Dossier = chain.Dossier.Add(Rows.Entry("stays", "Encounter", "e2", stay)) };
        Assert.That(
            Banners.Of(chain, Rows.Now).Where(banner => banner.IsUrgent).Select(banner => banner.Text[..10]),
            Is.EqualTo(isShown ? ["Readmitted"] : Array.Empty<string>()));
    }

    [TestCase(ChainPhase.Held, "Paused, a person decides: it changed", true)]
    [TestCase(ChainPhase.Suspended, "On hold at the EHR: it changed", false)]
    [TestCase(ChainPhase.Stopping, "Being stopped: it changed", false)]
    public void Chain_DoesNotRun_SaysWhy(ChainPhase phase, string words, bool isUrgent)
    {
        var chain = Rows.Chain();
        chain = chain with { State = chain.State with { Phase = phase, Reason = new Code(null, "x", "it changed") } };
        Expect(chain, words, isUrgent);
    }

    [TestCase(15, false)]
    [TestCase(16, true)]
    public void Data_Old_IsSaid(int minutes, bool isShown) => Assert.That(
        Banners.Of(Rows.Chain(readAt: Rows.Now.AddMinutes(-minutes)), Rows.Now).Any(), Is.EqualTo(isShown));

    private static void Expect(ChainRecord chain, string words, bool isUrgent)
    {
        var banner = Banners.Of(chain, Rows.Now).Single();
        Assert.That(banner.Text, Does.Contain(words));
        Assert.That(banner.IsUrgent, Is.EqualTo(isUrgent));
    }
}
