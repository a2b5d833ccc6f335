using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Worklist;

/// <summary>What a screen shows of the stay or request that a chain is about.</summary>
/// <param name="Place">The unit and bed now, as the EHR names them; null where it says nothing.</param>
/// <param name="What">What kind of thing started the chain, in words.</param>
/// <param name="When">When it happened: the discharge, or when the request was made.</param>
internal sealed record StayView(string? Place, string What, DateTimeOffset? When)
{
    public static StayView Of(Resource? trigger) => trigger?.Type switch
    {
        null => new StayView(null, "gone at the EHR", null),
        "Encounter" => new StayView(PlaceOf(trigger), StayOf(trigger), EndOf(trigger)),
        "ServiceRequest" => new StayView(
            null, $"Referral: {CodeOf(trigger)}", Resource.Instant(trigger.Root.Text("authoredOn"))),
        _ => new StayView(null, trigger.Type, trigger.LastUpdated),
    };

    private static string StayOf(Resource encounter) => encounter.Root.Text("status") switch
    {
        "finished" => "Discharged",
        "in-progress" => "In house",
        "onleave" => "On leave",
        "cancelled" => "Cancelled",
        "entered-in-error" => "Entered in error",
        var other => other ?? "Stay",
    };

    private static DateTimeOffset? EndOf(Resource encounter) =>
        Resource.Instant(encounter.Root.Child("period")?.Text("end"));

    // The last location that is not completed is where the patient is now; after a discharge, where the patient was last.
    private static string? PlaceOf(Resource encounter)
    {
        var places = encounter.Root.Children("location").ToList();
        var now = places.FindLast(each => each.Text("status") is null or "active" or "reserved") ?? places.LastOrDefault();
        return now?.Child("location")?.Text("display") ?? now?.Child("location")?.Text("reference");
    }

    private static string CodeOf(Resource request)
    {
        var code = request.Root.Child("code");
        return code?.Text("text")
            ?? code?.Children("coding").Select(coding => coding.Text("display") ?? coding.Text("code")).FirstOrDefault()
            ?? "no code";
    }
}
