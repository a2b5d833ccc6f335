using System.Globalization;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Notifications;

namespace FhirOrchestrator.Subscriptions;

/// <summary>
/// Reads one kind's file strictly: every key must be there and known. A file that says <c>like</c> takes what it does
/// not say from the kind named.
/// </summary>
internal sealed class KindReader
{
    private static readonly ImmutableArray<string> Keys =
    [
        "like", "about", "form", "content", "topics", "filterSyntax", "submitStatus", "reactivate", "reactivateStatus",
        "handshake", "activeWhenHeard", "activationSeconds", "search", "update", "delete", "verbs", "replies",
        "headerValues", "eventNumbers", "deletes", "storedCommunicationReachesInbox", "writeTier", "channelExtensions",
        "extensions",
    ];

    private static readonly ImmutableArray<string> Methods = ["POST", "PUT", "DELETE"];
    private readonly string _name;
    private readonly ObjectNode _root;
    private readonly ImmutableArray<string>.Builder _problems;

    private KindReader(string name, ObjectNode root, ImmutableArray<string>.Builder problems)
    {
        _name = name;
        _root = root;
        _problems = problems;
    }

    /// <summary>Reads all files, by name; null and every problem where there is one.</summary>
    public static (ImmutableDictionary<string, KindProfile>? Kinds, ImmutableArray<string> Problems) ReadAll(
        IReadOnlyDictionary<string, byte[]> files)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        var roots = new Dictionary<string, ObjectNode>(StringComparer.Ordinal);
        foreach (var (name, bytes) in files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            var (value, problem) = JsonText.Read(bytes);
            if (value is ObjectNode root)
            {
                roots.Add(name, root);
            }
            else
            {
                problems.Add($"Kinds/{name}.json: {problem?.Message ?? "expected an object, got another value"}");
            }
        }

        var kinds = roots.Keys
            .Select(name => new KindReader(name, Whole(name, roots, problems), problems).Read())
            .ToImmutableDictionary(kind => kind.Name, StringComparer.Ordinal);
        return problems.Count == 0 ? (kinds, []) : (null, problems.ToImmutable());
    }

    private static ObjectNode Whole(
        string name, Dictionary<string, ObjectNode> roots, ImmutableArray<string>.Builder problems)
    {
        var own = roots[name];
        if (own.Text("like") is not { } like)
        {
            return own;
        }

        if (!roots.TryGetValue(like, out var model) || model["like"] is not null)
        {
            problems.Add($"Kinds/{name}.json: expected a kind without \"like\" of its own, got \"{like}\" at like"
                + DidYouMean(like, roots.Keys.Where(key => key != name)));
            return own;
        }

        return own.Members.Aggregate(model, (merged, member) => merged.With(member.Name, member.Value));
    }

    private KindProfile Read()
    {
        foreach (var member in _root.Members.Where(member => !Keys.Contains(member.Name)))
        {
            Refuse(member.Name, "a known key", $"\"{member.Name}\"", DidYouMean(member.Name, Keys));
        }

        var profile = new KindProfile
        {
            Name = _name,
            About = Text("about"),
            Form = Choice("form", ("classic", WireForm.Classic), ("backport", WireForm.Backport)),
            Content = Choice(
                "content", ("empty", PayloadContent.Empty), ("id-only", PayloadContent.IdOnly),
                ("full-resource", PayloadContent.FullResource)),
            Topics = Topics(),
            FilterSyntax = Choice(
                "filterSyntax", ("type-and-query", FilterSyntax.TypeAndQuery), ("query", FilterSyntax.Query)),
            SubmitStatus = Choice("submitStatus", ("requested", "requested"), ("active", "active")),
            Reactivate = Choice("reactivate", ("update", ReactivateBy.Update), ("recreate", ReactivateBy.Recreate)),
            ReactivateStatus = Choice("reactivateStatus", ("requested", "requested"), ("active", "active")),
            Handshake = Truth("handshake"),
            ActiveWhenHeard = Truth("activeWhenHeard"),
            ActivationMax = TimeSpan.FromSeconds(Whole("activationSeconds", 1, 3600)),
            Search = Truth("search"),
            Update = Truth("update"),
            Delete = Truth("delete"),
            Verbs = Verbs(),
            Replies = Replies(),
            HeaderValues = Choice(
                "headerValues", ("whole", HeaderValues.Whole), ("cut-at-second-colon", HeaderValues.CutAtSecondColon)),
            EventNumbers = Choice(
                "eventNumbers", ("none", EventNumbers.None), ("monotonic", EventNumbers.Monotonic),
                ("restart", EventNumbers.Restart)),
            Deletes = Choice(
                "deletes", ("none", DeletesBy.None), ("bundle", DeletesBy.Bundle), ("verb", DeletesBy.Verb),
                ("header", DeletesBy.Header)),
            StoredCommunicationReachesInbox = Choice(
                "storedCommunicationReachesInbox", ("yes", ReachesInbox.Yes), ("no", ReachesInbox.No),
                ("unknown", ReachesInbox.Unknown)),
            WriteTier = Choice<int?>("writeTier", ("unknown", null), ("0", 0), ("1", 1), ("2", 2), ("3", 3)),
            ChannelExtensions = Objects("channelExtensions"),
            Extensions = Objects("extensions"),
        };
        if (profile is { Form: WireForm.Classic, Content: PayloadContent.IdOnly })
        {
            Refuse("content", "empty or full-resource in the classic form", "\"id-only\"");
        }

        return profile;
    }

    private ImmutableDictionary<string, KindTopic> Topics()
    {
        var topics = ImmutableDictionary.CreateBuilder<string, KindTopic>(StringComparer.Ordinal);
        foreach (var (type, value) in Object("topics").Members)
        {
            if (value is not ObjectNode topic || topic.Text("url") is not { } url)
            {
                Refuse($"topics.{type}", "an object with a url", "none");
                continue;
            }

            foreach (var member in topic.Members.Where(member => member.Name is not ("url" or "filters" or "narrow")))
            {
                Refuse($"topics.{type}.{member.Name}", "url, filters or narrow", $"\"{member.Name}\"");
            }

            ImmutableArray<string>? filters = topic["filters"] is null
                ? null
                : [.. topic.Items("filters").Select(each => each.AsText).OfType<string>()];
            topics[type] = new KindTopic(url, filters, topic.Text("narrow"));
        }

        return topics.ToImmutable();
    }

    private ImmutableArray<string> Verbs()
    {
        var verbs = _root.Items("verbs").Select(each => each.AsText ?? "").ToImmutableArray();
        foreach (var verb in verbs.Where(verb => !Methods.Contains(verb)))
        {
            Refuse("verbs", "POST, PUT or DELETE", $"\"{verb}\"");
        }

        if (verbs.IsEmpty)
        {
            Refuse("verbs", "at least one method", "none");
        }

        return verbs;
    }

    private ImmutableDictionary<string, ReplyBody> Replies()
    {
        var replies = ImmutableDictionary.CreateBuilder<string, ReplyBody>(StringComparer.Ordinal);
        var node = Object("replies");
        foreach (var method in Methods)
        {
            replies[method] = node.Text(method) switch
            {
                "outcome" => ReplyBody.Outcome,
                "echo" => ReplyBody.Echo,
                var got => Refused<ReplyBody>($"replies.{method}", "outcome or echo", Shown(got)),
            };
        }

        foreach (var member in node.Members.Where(member => !Methods.Contains(member.Name)))
        {
            Refuse($"replies.{member.Name}", "POST, PUT or DELETE", $"\"{member.Name}\"");
        }

        return replies.ToImmutable();
    }

    private string Text(string key) =>
        _root.Text(key) is { Length: > 0 } text ? text : Refused<string>(key, "text", "none") ?? "";

    private bool Truth(string key) =>
        _root[key] is BooleanNode node
            ? node.Value
            : Refused<bool>(key, "true or false", _root[key] is null ? "none" : "another value");

    private int Whole(string key, int min, int max) =>
        _root[key] is NumberNode node
        && int.TryParse(node.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        && value >= min && value <= max
            ? value
            : min + Refused<int>(key, $"a whole number from {min} to {max}", "another value");

    private ObjectNode Object(string key) =>
        _root.Child(key) ?? Refused<ObjectNode>(key, "an object", "none") ?? ObjectNode.Empty;

    private ImmutableArray<ObjectNode> Objects(string key)
    {
        if (_root[key] is ArrayNode array
            && array.Items.All(item => item is ObjectNode extension && extension.Text("url") is not null))
        {
            return [.. array.Items.OfType<ObjectNode>()];
        }

        Refuse(key, "an array of extensions", "another value");
        return [];
    }

    private T Choice<T>(string key, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        var text = _root.Text(key);
        var words = new List<string>();
        foreach (var (word, value) in choices)
        {
            if (word == text)
            {
                return value;
            }

            words.Add(word);
        }

        Refuse(key, string.Join(", ", words), Shown(text), text is null ? "" : DidYouMean(text, words));
        return choices[0].Value;
    }

    private static string Shown(string? text) => text is null ? "none" : $"\"{text}\"";

    private static string DidYouMean(string word, IEnumerable<string> known) =>
        Nearest.Of(word, known) is { } near ? $"; did you mean \"{near}\"?" : "";

    private T? Refused<T>(string key, string expected, string got)
    {
        Refuse(key, expected, got);
        return default;
    }

    private void Refuse(string key, string expected, string got, string hint = "") =>
        _problems.Add($"Kinds/{_name}.json: expected {expected}, got {got} at {key}{hint}");
}
