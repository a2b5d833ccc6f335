using System.Globalization;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Notifications;
using FhirOrchestrator.Fhir.Search;

namespace FhirOrchestrator.Sandbox.Publisher;

/// <summary>What reading a Subscription gave: the form to work with, or everything that is wrong with it.</summary>
internal sealed record SubscriptionReading(
    PublishedSubscription? Subscription, ImmutableArray<SubscriptionRefusal> Refusals);

/// <summary>
/// Reads a Subscription and refuses whatever this publisher would not do: a subscriber that believes itself informed
/// and is not would be the worst outcome.
/// </summary>
internal sealed class SubscriptionReader(CriteriaCompiler compile)
{
    private const int TimeoutSecondsMax = 60;
    private const int HeadersMax = 20;

    private static readonly ImmutableHashSet<string> ChannelExtensions = ImmutableHashSet.Create(
        StringComparer.Ordinal, NotificationWords.TimeoutUrl, NotificationWords.MaxCountUrl);

    private static readonly ImmutableHashSet<string> OwnHeaders = ImmutableHashSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Host", "Content-Type", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Expect", "Trailer",
        "TE");

    /// <summary>
    /// Reads one Subscription resource, as submitted or as stored: with header values open or sealed.
    /// </summary>
    public SubscriptionReading Read(Resource resource, HeaderSeal seal)
    {
        var refusals = ImmutableArray.CreateBuilder<SubscriptionRefusal>();
        void Refuse(string path, string message) => refusals.Add(new(path, message));

        var root = resource.Root;
        var channel = root.Child("channel") ?? ObjectNode.Empty;
        RefuseUnknownExtensions(root, channel, Refuse);
        if (string.IsNullOrWhiteSpace(root.Text("reason")))
        {
            Refuse("Subscription.reason", "expected why the subscription exists, got nothing");
        }

        if (channel.Text("type") is not "rest-hook")
        {
            Refuse("Subscription.channel.type", $"expected rest-hook, got {channel.Text("type") ?? "nothing"}");
        }

        var (topic, type, filters) = ReadCriteria(root, Refuse);
        var content = ReadContent(channel, topic, Refuse);
        var read = new PublishedSubscription
        {
            Id = resource.Id ?? "",
            Version = resource.VersionId ?? "",
            State = ReadState(root, Refuse),
            Topic = topic,
            ResourceType = type,
            Filters = filters,
            Endpoint = ReadEndpoint(channel, Refuse),
            Payload = channel.Text("payload"),
            Content = content,
            Headers = ReadHeaders(channel, seal, Refuse),
            Timeout = ReadTimeout(channel, Refuse),
            End = ReadEnd(root, Refuse),
        };
        return refusals.Count == 0 ? new(read, []) : new(null, refusals.DrainToImmutable());
    }

    private static SubscriptionState ReadState(ObjectNode root, Action<string, string> refuse)
    {
        switch (root.Text("status"))
        {
            case "requested":
                return SubscriptionState.Requested;
            case "active":
                return SubscriptionState.Active;
            case "error":
                return SubscriptionState.Error;
            case "off":
                return SubscriptionState.Off;
            case var other:
                refuse("Subscription.status", $"expected requested or off, got {other ?? "nothing"}");
                return SubscriptionState.Off;
        }
    }

    private (string? Topic, string Type, ImmutableArray<SearchQuery> Filters) ReadCriteria(
        ObjectNode root, Action<string, string> refuse)
    {
        const string path = "Subscription.criteria";
        var criteria = root.Text("criteria");
        var filters = root.Child("_criteria")?.Children("extension")
            .Where(each => each.Text("url") == NotificationWords.FilterCriteriaUrl).ToImmutableArray() ?? [];
        if (string.IsNullOrWhiteSpace(criteria))
        {
            refuse(path, "expected a topic's URL or a search, got nothing");
            return (null, "", []);
        }

        if (IsTopic(criteria))
        {
            if (!TopicCatalogue.Topics.TryGetValue(criteria, out var topicType))
            {
                refuse(path, $"expected one of {string.Join(", ", TopicCatalogue.Topics.Keys)}, got another topic");
                return (criteria, "", []);
            }

            return (criteria, topicType, ReadFilters(topicType, filters, refuse));
        }

        if (!filters.IsEmpty)
        {
            refuse(path, "expected filter criteria only beside a topic, got them beside a search");
        }

        var (type, query) = Split(criteria);
        return (null, type, Compile(type, query, path, refuse) is { } filter ? [filter] : []);
    }

    private ImmutableArray<SearchQuery> ReadFilters(
        string type, ImmutableArray<ObjectNode> extensions, Action<string, string> refuse)
    {
        var filters = ImmutableArray.CreateBuilder<SearchQuery>();
        for (var at = 0; at < extensions.Length; at++)
        {
            var path = $"Subscription.criteria.extension[{at}]";
            if (extensions[at].Text("valueString") is not { Length: > 0 } filter)
            {
                refuse(path, "expected a filter in valueString, got nothing");
                continue;
            }

            var (named, query) = filter.Contains('?', StringComparison.Ordinal) ? Split(filter) : (type, filter);
            if (named != type)
            {
                refuse(path, $"expected a filter of {type}, got one of {named}");
            }
            else if (Compile(type, query, path, refuse) is { } read)
            {
                filters.Add(read);
            }
        }

        return filters.DrainToImmutable();
    }

    private SearchQuery? Compile(string type, string query, string path, Action<string, string> refuse)
    {
        var reading = compile(type, query);
        if (reading.Query is null)
        {
            refuse(path, reading.Problem ?? "expected a search that can be matched, got another");
        }

        return reading.Query;
    }

    private static PayloadContent? ReadContent(ObjectNode channel, string? topic, Action<string, string> refuse)
    {
        const string path = "Subscription.channel.payload";
        var payload = channel.Text("payload");
        var code = channel.Child("_payload")?.Children("extension")
            .FirstOrDefault(each => each.Text("url") == NotificationWords.PayloadContentUrl)?.Text("valueCode");
        if (payload is not null && (!NotificationWords.IsFhirJson(payload)
            || !payload.StartsWith(NotificationWords.FhirJson, StringComparison.OrdinalIgnoreCase)))
        {
            refuse(path, $"expected {NotificationWords.FhirJson}, got another media type");
        }

        if (topic is null)
        {
            if (code is not null)
            {
                refuse(path, "expected backport-payload-content only beside a topic, got it beside a search");
            }

            return null;
        }

        if (payload is null)
        {
            refuse(path, $"expected {NotificationWords.FhirJson}, got nothing");
        }

        if (NotificationWords.Content(code) is not { } content)
        {
            refuse(path, $"expected backport-payload-content empty, id-only or full-resource, got {code ?? "nothing"}");
            return null;
        }

        return content;
    }

    private static Uri ReadEndpoint(ObjectNode channel, Action<string, string> refuse)
    {
        var text = channel.Text("endpoint");
        if (Uri.TryCreate(text, UriKind.Absolute, out var endpoint)
            && (endpoint.Scheme == Uri.UriSchemeHttp || endpoint.Scheme == Uri.UriSchemeHttps)
            && endpoint is { UserInfo: "", Fragment: "", Query: "" })
        {
            return endpoint;
        }

        refuse("Subscription.channel.endpoint",
            "expected an http or https URL without query and credentials, got another");
        return new Uri("http://invalid.invalid");
    }

    private static ImmutableArray<ChannelHeader> ReadHeaders(
        ObjectNode channel, HeaderSeal seal, Action<string, string> refuse)
    {
        var headers = ImmutableArray.CreateBuilder<ChannelHeader>();
        var lines = channel.Items("header");
        if (lines.Length > HeadersMax)
        {
            refuse("Subscription.channel.header", $"expected at most {HeadersMax}, got {lines.Length}");
            return [];
        }

        for (var at = 0; at < lines.Length; at++)
        {
            var path = $"Subscription.channel.header[{at}]";
            if (lines[at].AsText?.Split(':', 2, StringSplitOptions.TrimEntries) is not [{ Length: > 0 } name, var value]
                || !name.All(IsTokenCharacter) || value.Any(char.IsControl))
            {
                refuse(path, "expected 'Name: value', got another form");
            }
            else if (OwnHeaders.Contains(name))
            {
                refuse(path, $"expected a header of the subscriber's own, got {name}");
            }
            else if (!HeaderSeal.IsSealed(value))
            {
                headers.Add(new ChannelHeader(name, value));
            }
            else if (seal.Open(channel.Text("endpoint") ?? "", name, value) is { } opened)
            {
                headers.Add(new ChannelHeader(name, opened));
            }
            else
            {
                refuse(path, "expected the header's value, got one sealed for another endpoint or header");
            }
        }

        return headers.DrainToImmutable();
    }

    private static TimeSpan? ReadTimeout(ObjectNode channel, Action<string, string> refuse)
    {
        var extension = channel.Children("extension")
            .FirstOrDefault(each => each.Text("url") == NotificationWords.TimeoutUrl);
        if (extension is null)
        {
            return null;
        }

        if (extension["valueUnsignedInt"] is NumberNode number
            && int.TryParse(number.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds is >= 1 and <= TimeoutSecondsMax)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        refuse("Subscription.channel.extension",
            $"expected a backport-timeout of 1 to {TimeoutSecondsMax} s, got another");
        return null;
    }

    private static DateTimeOffset? ReadEnd(ObjectNode root, Action<string, string> refuse)
    {
        var text = root.Text("end");
        var end = Resource.Instant(text);
        if (text is not null && end is null)
        {
            refuse("Subscription.end", "expected an instant, got another text");
        }

        return end;
    }

    // An extension that this publisher does not know may ask for something; silence would promise it.
    private static void RefuseUnknownExtensions(ObjectNode root, ObjectNode channel, Action<string, string> refuse)
    {
        void Check(ObjectNode? holder, string path, Func<string, bool> isKnown)
        {
            foreach (var extension in holder?.Children("extension") ?? [])
            {
                if (extension.Text("url") is not { } url || !isKnown(url))
                {
                    refuse(path, $"expected only extensions that this server supports, got {extension.Text("url")}");
                }
            }

            if (holder?["modifierExtension"] is not null)
            {
                refuse(path, "expected no modifierExtension, got one");
            }
        }

        Check(root, "Subscription.extension", _ => false);
        Check(
            root.Child("_criteria"),
            "Subscription.criteria.extension",
            url => url == NotificationWords.FilterCriteriaUrl);
        Check(channel, "Subscription.channel.extension", ChannelExtensions.Contains);
        Check(channel.Child("_type"), "Subscription.channel.type.extension", _ => false);
        Check(
            channel.Child("_payload"),
            "Subscription.channel.payload.extension",
            url => url == NotificationWords.PayloadContentUrl);
    }

    private static bool IsTopic(string criteria) =>
        criteria.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
        || criteria.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
        || criteria.StartsWith("urn:", StringComparison.OrdinalIgnoreCase);

    private static (string Type, string Query) Split(string search)
    {
        var mark = search.IndexOf('?', StringComparison.Ordinal);
        return mark < 0 ? (search, "") : (search[..mark], search[(mark + 1)..]);
    }

    private static bool IsTokenCharacter(char each) =>
        char.IsAsciiLetterOrDigit(each) || "!#$%&'*+-.^_`|~".Contains(each, StringComparison.Ordinal);
}
