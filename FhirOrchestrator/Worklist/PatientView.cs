using System.Globalization;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Worklist;

/// <summary>What a screen shows of a patient, so that nobody acts on the wrong one.</summary>
/// <param name="Name">The official or first name; "(no name)" where there is none.</param>
/// <param name="BirthDate">As the EHR has it.</param>
/// <param name="Mrn">The medical record number with its assigner, and the word that says which number it is.</param>
/// <param name="Language">The preferred language, with the need for an interpreter.</param>
/// <param name="Contact">How the patient prefers to be reached.</param>
internal sealed record PatientView(string Name, string BirthDate, string Mrn, string? Language, string? Contact)
{
    private const string Interpreter = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired";

    private const int ContactsMax = 3;

    public static PatientView Of(Resource? patient) =>
        patient is null
            ? new PatientView("(the EHR no longer has this patient)", "", "", null, null)
            : new PatientView(NameOf(patient), patient.Root.Text("birthDate") ?? "birth date unknown", MrnOf(patient),
                LanguageOf(patient), ContactOf(patient));

    private static string NameOf(Resource patient)
    {
        var names = patient.Root.Children("name").ToList();
        var name = names.Find(each => each.Text("use") == "official") ?? names.FirstOrDefault();
        if (name is null)
        {
            return "(no name)";
        }

        var given = string.Join(' ', name.Items("given").Select(each => each.AsText).OfType<string>());
        var family = name.Text("family");
        return family is null ? name.Text("text") ?? given : given.Length == 0 ? family : $"{family}, {given}";
    }

    // No other number is passed off as the record number, nor shown: it may be a social security number.
    private static string MrnOf(Resource patient)
    {
        var numbers = patient.Root
            .Children("identifier")
            .Where(each => each.Text("value") is not null)
            .Where(each => each.Child("type")?.Children("coding").Any(IsMrn) == true)
            .ToList();
        if ((numbers.Find(each => each.Text("use") != "old") ?? numbers.FirstOrDefault()) is not { } mrn)
        {
            return "no MRN on file";
        }

        var assigner = mrn.Child("assigner")?.Text("display") ?? mrn.Text("system");
        return assigner is null ? $"MRN {mrn.Text("value")}" : $"MRN {mrn.Text("value")} ({assigner})";
    }

    private static bool IsMrn(ObjectNode coding) => coding.Text("code") == "MR";

    private static string? LanguageOf(Resource patient)
    {
        var spoken = patient.Root.Children("communication").ToList();
        var preferred = spoken.Find(each => each["preferred"] is BooleanNode { Value: true })
            ?? spoken.FirstOrDefault();
        var language = preferred?.Child("language");
        var words = language?.Text("text")
            ?? language?.Children("coding")
                .Select(coding => coding.Text("display") ?? coding.Text("code")).FirstOrDefault();
        var interpreter = patient.Root.Children("extension")
            .Any(each => each.Text("url") == Interpreter && each["valueBoolean"] is BooleanNode { Value: true });
        return (words, interpreter) switch
        {
            (null, false) => null,
            (null, true) => "interpreter needed",
            (_, true) => $"{words}, interpreter needed",
            _ => words,
        };
    }

    // The preferred way first; the others too, because a call needs a telephone where the first is an address.
    private static string? ContactOf(Resource patient)
    {
        var ways = patient.Root.Children("telecom")
            .Where(each => each.Text("use") != "old" && each.Text("value") is not null)
            .OrderBy(Rank)
            .Take(ContactsMax)
            .Select(each => $"{each.Text("system") ?? "contact"} {each.Text("value")}{Use(each)}");
        var words = string.Join("; else ", ways);
        return words.Length == 0 ? null : words;
    }

    private static string Use(ObjectNode telecom) => telecom.Text("use") is { } use ? $" ({use})" : "";

    private static int Rank(ObjectNode telecom) =>
        telecom["rank"] is NumberNode { Text: var text }
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var rank) ? rank : int.MaxValue;
}
