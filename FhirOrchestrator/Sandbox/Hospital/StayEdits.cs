using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Sandbox.Hospital;

/// <summary>Edits of an Encounter, pure: each gives the resource as it is to be written.</summary>
internal static class StayEdits
{
    /// <summary>Another status; the one before goes into the history with its time.</summary>
    public static Resource WithStatus(Resource stay, string status, DateTimeOffset at)
    {
        var before = stay.Root.Text("status");
        if (before is null || before == status)
        {
            return stay.With("status", status);
        }

        var history = stay.Root.Items("statusHistory");
        var since = history.OfType<ObjectNode>().LastOrDefault()?.Child("period")?.Text("end")
            ?? stay.Root.Child("period")?.Text("start");
        var passed = Node.Object(
            ("status", before),
            ("period", Node.Object(("start", since), ("end", Resource.InstantText(at)))));
        return stay.With("status", status).With("statusHistory", new ArrayNode(history.Add(passed)));
    }

    /// <summary>The patient lies in no bed any more.</summary>
    public static Resource OutOfBed(Resource stay, DateTimeOffset at)
    {
        var places = stay.Root.Children("location").Select(each => each.Text("status") == "active"
            ? (Node)each.With("status", "completed").With("period", Ended(each.Child("period"), at))
            : each);
        return stay.With("location", Node.Array(places));
    }

    /// <summary>The patient lies in another bed.</summary>
    public static Resource IntoBed(Resource stay, string bed, DateTimeOffset at)
    {
        var left = OutOfBed(stay, at);
        return left.With("location", new ArrayNode(left.Root.Items("location").Add(StaySeed.InBed(bed, at))));
    }

    /// <summary>The stay is over.</summary>
    public static Resource Discharged(Resource stay, Disposition disposition, DateTimeOffset at)
    {
        var hospitalization = (stay.Root.Child("hospitalization") ?? ObjectNode.Empty)
            .With("dischargeDisposition", disposition.ToConcept());
        return OutOfBed(WithStatus(stay, "finished", at), at)
            .With("period", Ended(stay.Root.Child("period"), at))
            .With("hospitalization", hospitalization.Members.IsEmpty ? null : hospitalization);
    }

    /// <summary>The discharge did not happen.</summary>
    public static Resource Undischarged(Resource stay, string bed, DateTimeOffset at)
    {
        var hospitalization = stay.Root.Child("hospitalization")?.With("dischargeDisposition", null);
        var open = WithStatus(stay, "in-progress", at)
            .With("period", stay.Root.Child("period")?.With("end", null))
            .With("hospitalization", hospitalization is { Members.IsEmpty: false } ? hospitalization : null);
        return IntoBed(open, bed, at);
    }

    private static ObjectNode Ended(ObjectNode? period, DateTimeOffset at) =>
        (period ?? ObjectNode.Empty).With("end", Resource.InstantText(at));
}
