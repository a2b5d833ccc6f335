using System.Text;
using System.Text.Json;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Definitions;

/// <summary>Reads the pieces of the digest (its format: <c>../shared/data/README.md</c>, "Digest").</summary>
internal static class DigestReader
{
    private const string SearchParameterBase = "http://hl7.org/fhir/SearchParameter/";

    public static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    public static bool Flag(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    public static ImmutableArray<string> Strings(JsonElement array)
    {
        var texts = ImmutableArray.CreateBuilder<string>(array.GetArrayLength());
        foreach (var each in array.EnumerateArray())
        {
            texts.Add(each.GetString() ?? "");
        }

        return texts.DrainToImmutable();
    }

    public static ImmutableArray<InvariantDefinition> Invariants(JsonElement element)
    {
        if (!element.TryGetProperty("inv", out var list))
        {
            return [];
        }

        return
        [
            .. list.EnumerateArray().Select(each => new InvariantDefinition(
                Text(each, "k") ?? "", Text(each, "s") != "w", Text(each, "x") ?? "", Text(each, "h") ?? "",
                Flag(each, "bp"))),
        ];
    }

    public static ElementBinding? Binding(JsonElement element)
    {
        if (!element.TryGetProperty("b", out var binding))
        {
            return null;
        }

        var parts = Strings(binding);
        return parts.Length < 2 ? null : new ElementBinding(parts[0], parts[1], parts.Length > 2 ? parts[2] : null);
    }

    // The definitions type ids and Extension.url with System types; what a reader sees is the FHIR type. Resource.id
    // is a FHIR id whatever its published type says.
    public static ImmutableArray<ElementType> Types(FhirDefinitions definitions, JsonElement element, bool isResourceId)
    {
        if (!element.TryGetProperty("t", out var types))
        {
            return [];
        }

        var read = ImmutableArray.CreateBuilder<ElementType>(types.GetArrayLength());
        foreach (var type in types.EnumerateArray())
        {
            var isText = type.ValueKind == JsonValueKind.String;
            var code = (isText ? type.GetString() : Text(type, "ft") ?? Text(type, "c")) ?? "";
            code = isResourceId ? "id" : code == "$String" ? "string" : code;
            read.Add(new ElementType(definitions, string.Intern(code))
            {
                Profiles = !isText && type.TryGetProperty("pr", out var profiles) ? Strings(profiles) : [],
                Targets = !isText && type.TryGetProperty("tp", out var targets) ? Strings(targets) : [],
                Aggregation = !isText && type.TryGetProperty("ag", out var aggregation) ? Strings(aggregation) : [],
                Regex = isText ? null : Text(type, "rx"),
            });
        }

        return read.DrainToImmutable();
    }

    /// <summary>The value of a rule such as <c>minValueInteger</c>, by the rule's name without the type.</summary>
    public static Node? Rule(JsonElement element, string name)
    {
        foreach (var member in element.EnumerateObject())
        {
            if (member.Name.StartsWith(name, StringComparison.Ordinal))
            {
                return Node(member.Value);
            }
        }

        return null;
    }

    /// <summary>A piece of the digest as nodes.</summary>
    public static Node? Node(JsonElement piece) => JsonText.Read(Encoding.UTF8.GetBytes(piece.GetRawText())).Value;

    public static IEnumerable<string> ElementNames(JsonElement types)
    {
        foreach (var type in types.EnumerateObject())
        {
            foreach (var element in type.Value.GetProperty("e").EnumerateArray())
            {
                var path = Text(element, "p") ?? "";
                var name = path[(path.LastIndexOf('.') + 1)..];
                yield return name.EndsWith("[x]", StringComparison.Ordinal) ? name[..^3] : name;
            }
        }
    }

    public static ImmutableArray<SearchParameterDefinition> SearchParameters(JsonElement list) =>
        [.. list.EnumerateArray().Select(SearchParameter)];

    private static SearchParameterDefinition SearchParameter(JsonElement each) => new()
    {
        Code = Text(each, "code") ?? "",
        Url = SearchParameterUrl(Text(each, "url") ?? ""),
        Type = Text(each, "type") ?? "",
        Expression = Text(each, "expression"),
        Bases = Strings(each.GetProperty("base")),
        Targets = each.TryGetProperty("target", out var targets) ? Strings(targets) : [],
        Comparators = each.TryGetProperty("comparator", out var comparators) ? Strings(comparators) : [],
        Modifiers = each.TryGetProperty("modifier", out var modifiers) ? Strings(modifiers) : [],
        Components = each.TryGetProperty("component", out var components)
            ? [.. components.EnumerateArray().Select(part =>
                new SearchComponent(SearchParameterUrl(Text(part, "d") ?? ""), Text(part, "x") ?? ""))]
            : [],
        IsMultipleOr = !(each.TryGetProperty("multipleOr", out var or) && or.ValueKind == JsonValueKind.False),
        IsMultipleAnd = !(each.TryGetProperty("multipleAnd", out var and) && and.ValueKind == JsonValueKind.False),
    };

    private static string SearchParameterUrl(string shortUrl) =>
        shortUrl.Contains(':', StringComparison.Ordinal) ? shortUrl : SearchParameterBase + shortUrl;
}
