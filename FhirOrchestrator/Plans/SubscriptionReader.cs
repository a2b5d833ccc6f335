using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Plans.Shapes;

namespace FhirOrchestrator.Plans;

/// <summary>One search that a subscription stands for, and where it stands.</summary>
/// <param name="Type">The resource type delivered.</param>
/// <param name="Query">The parameters behind the <c>?</c>; empty: all resources of the type.</param>
internal sealed record Delivery(string Type, string Query, string File, string Path);

/// <summary>Reads the Subscription templates of a package.</summary>
internal static class SubscriptionReader
{
    /// <summary>Reads a template; null, and a problem reported, where its criteria are none.</summary>
    public static (SubscriptionTemplate Template, Delivery Delivery)? Read(
        string file, string name, Resource resource, ProblemList problems)
    {
        new ShapeWalk(file, problems).Walk(resource.Root, ActivityShapes.Subscription, "Subscription");
        if (resource.Root.Text("criteria") is not { Length: > 0 } criteria)
        {
            return null;
        }

        var path = "Subscription.criteria";
        var isTopic = criteria.StartsWith("http", StringComparison.Ordinal);
        if (isTopic)
        {
            path = "Subscription._criteria";
            var criteriaExtensions = new Placed(resource.Root, "Subscription").Child("_criteria");
            var filters = criteriaExtensions?.Extensions(ActivityShapes.FilterCriteria) ?? [];
            if (filters.Length != 1)
            {
                problems.Add(file, path,
                    $"expected one filter (Type?query) with a topic, which the sweep also uses, got {filters.Length}",
                    ActivityShapes.FilterCriteria);
                return null;
            }

            criteria = filters[0].Text("valueString") ?? "";
        }
        else if (resource.Root["_criteria"] is not null)
        {
            problems.Add(
                file, "Subscription._criteria", "expected a filter with a topic only, got one beside a search");
        }

        var mark = criteria.IndexOf('?', StringComparison.Ordinal);
        if (mark <= 0)
        {
            problems.Add(file, path, $"expected Type?query, got '{criteria}'", mark < 0 ? $"{criteria}?" : null);
            return null;
        }

        var delivery = new Delivery(criteria[..mark], criteria[(mark + 1)..], file, path);
        return (new SubscriptionTemplate(name, resource, criteria), delivery);
    }
}
