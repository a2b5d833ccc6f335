using System.Security.Cryptography;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Notifications;
using FhirOrchestrator.Plans;

namespace FhirOrchestrator.Subscriptions;

/// <summary>The Subscription to submit to one EHR, or why none can be.</summary>
/// <param name="Resource">The Subscription; null where this kind of EHR cannot be asked for it.</param>
/// <param name="Hash">Of the content, secret included: another hash is a change to submit.</param>
/// <param name="Problem">Why there is none, or what this kind will not tell; null where all is well.</param>
internal sealed record Submission(Resource? Resource, string Hash, string? Problem)
{
    /// <summary>The header that carries the secret.</summary>
    public const string SecretHeader = "X-FhirOrchestrator-Secret";

    // Ours to say, whatever the package's file says.
    private static readonly ImmutableHashSet<string> Replaced = ImmutableHashSet.Create(
        StringComparer.Ordinal, "resourceType", "id", "meta", "status", "criteria", "_criteria", "channel", "error",
        "end");

    /// <summary>
    /// Fills a package's Subscription in for one EHR: endpoint, secret, and the form that its kind understands.
    /// </summary>
    public static Submission Of(SubscriptionTemplate template, KindProfile kind, Uri endpoint, string secret)
    {
        var (type, query) = Split(template.Criteria);
        KindTopic? topic = null;
        if (kind.Form == WireForm.Backport && !kind.Topics.TryGetValue(type, out topic))
        {
            return new(
                null,
                "",
                $"expected a topic for {type} in the kind {kind.Name}, got none: only the sweep looks for it");
        }

        var header = $"{SecretHeader}: {secret}";
        if (kind.HeaderValues == HeaderValues.CutAtSecondColon && header.Count(':') > 1)
        {
            return new(null, "", $"expected a secret without a colon for the kind {kind.Name}, got one with a colon");
        }

        var resource = Resource.Create(
            "Subscription",
            ("meta", topic is null
                ? null
                : Node.Object(("profile", Node.Array(NotificationWords.SubscriptionProfile)))),
            ("status", kind.SubmitStatus),
            ("criteria", topic?.Url ?? template.Criteria),
            ("_criteria", topic is null ? null : Filter(kind, topic, type, query)),
            ("channel", Channel(kind, template, endpoint, header)));
        foreach (var member in template.Resource.Root.Members.Where(member => !Replaced.Contains(member.Name)))
        {
            resource = resource.With(member.Name, member.Value);
        }

        if (!kind.Extensions.IsEmpty)
        {
            resource = resource.With(
                "extension", Node.Array([.. template.Resource.Root.Items("extension"), .. kind.Extensions]));
        }

        return new(resource, Convert.ToHexStringLower(SHA256.HashData(resource.ToUtf8())), topic?.Narrow);
    }

    private static ObjectNode Channel(KindProfile kind, SubscriptionTemplate template, Uri endpoint, string header)
    {
        var given = template.Resource.Root.Child("channel")?.Items("extension") ?? [];
        var content = kind.Form == WireForm.Classic
            ? null
            : Node.Object(("extension", Node.Array(Node.Object(
                ("url", NotificationWords.PayloadContentUrl),
                ("valueCode", NotificationWords.Code(kind.Content))))));
        var hasPayload = kind.Form == WireForm.Backport || kind.Content == PayloadContent.FullResource;
        return Node.Object(
            ("extension", Node.Array([.. given, .. kind.ChannelExtensions])),
            ("type", "rest-hook"),
            ("endpoint", endpoint.AbsoluteUri),
            ("payload", hasPayload ? NotificationWords.FhirJson : null),
            ("_payload", content),
            ("header", Node.Array(header)));
    }

    // A parameter that the topic cannot filter by is left out: it then tells more, and we filter again.
    private static ObjectNode? Filter(KindProfile kind, KindTopic topic, string type, string query)
    {
        var kept = query.Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Where(each => topic.Filters is not { } known || known.Contains(each.Split('=', ':')[0]));
        var filter = string.Join('&', kept);
        return filter.Length == 0
            ? null
            : Node.Object(("extension", Node.Array(Node.Object(
                ("url", NotificationWords.FilterCriteriaUrl),
                ("valueString", kind.FilterSyntax == FilterSyntax.TypeAndQuery ? $"{type}?{filter}" : filter)))));
    }

    private static (string Type, string Query) Split(string criteria)
    {
        var parts = criteria.Split('?', 2);
        return (parts[0], parts.Length == 2 ? parts[1] : "");
    }
}
