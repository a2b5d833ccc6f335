using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Worklist;

/// <summary>What a screen shows of the stay or request that a chain is about.</summary>
/// <param name="Place">The unit and bed now, as the EHR names them; null where it says nothing.</param>
/// <param name="What">What kind of thing started the chain, in words.</param>
/// <param name="When">When it happened: the discharge, or when the request was made.</param>
/// <param name="Since">When the stay began, null where this is no stay.</param>
/// <param name="Destination">Where the patient was discharged to, in the EHR's words.</param>
internal sealed record StayView(
    string? Place, string What, DateTimeOffset? When, DateTimeOffset? Since = null, string? Destination = null)
{
    public static StayView Of(Resource? trigger) => trigger?.Type switch
    {
        null => new StayView(null, "gone at the EHR", null),
        "Encounter" => OfStay(trigger.Root, StayOf(trigger)),
        "ServiceRequest" => new StayView(
            null, RequestOf(trigger), Resource.Instant(trigger.Root.Text("authoredOn"))),
        _ => new StayView(null, trigger.Type, trigger.LastUpdated),
    };

    private static StayView OfStay(ObjectNode stay, string what)
    {
        var period = stay.Child("period");
        var to = stay.Child("hospitalization")?.Child("dischargeDisposition");
        return new StayView(
            PlaceOf(stay), what, Resource.Instant(period?.Text("end")), Resource.Instant(period?.Text("start")),
            to is null ? null : WordsOf(to));
    }

    private static string StayOf(Resource encounter) => encounter.Root.Text("status") switch
    {
        "finished" => "Discharged",
        "in-progress" => "In house",
        "onleave" => "On leave",
        "cancelled" => "Cancelled",
        "entered-in-error" => "Entered in error",
        var other => other ?? "Stay",
    };

    // Where the patient is now, unit and bed; after a discharge, where the patient was last.
    private static string? PlaceOf(ObjectNode stay)
    {
        var places = stay.Children("location").ToList();
        var now = places.FindAll(IsNow).Select(NameOf).OfType<string>().Distinct().ToList();
        return now.Count > 0 ? string.Join(", ", now)
            : places.FindLast(each => each.Text("status") != "planned") is { } last && NameOf(last) is { } name
                ? $"{name} (last)"
                : stay.Child("serviceProvider")?.Text("display");
    }

    private static bool IsNow(ObjectNode place) => place.Text("status") switch
    {
        "active" => true,
        null => place.Child("period")?["end"] is null,
        _ => false,
    };

    private static string? NameOf(ObjectNode place) =>
        place.Child("location")?.Text("display") ?? place.Child("location")?.Text("reference");

    private static string RequestOf(Resource request)
    {
        var what = request.Root.Child("code") is { } code ? WordsOf(code) ?? "no code" : "no code";
        return what.StartsWith("Referral", StringComparison.OrdinalIgnoreCase) ? what : $"Referral: {what}";
    }

    private static string? WordsOf(ObjectNode concept) =>
        concept.Text("text")
        ?? concept.Children("coding").Select(coding => coding.Text("display") ?? coding.Text("code")).FirstOrDefault();
}
