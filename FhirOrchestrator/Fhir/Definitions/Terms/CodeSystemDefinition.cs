using System.Collections.Concurrent;
using System.Collections.Frozen;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Definitions.Terms;

/// <summary>A code of a code system whose codes are known here, and what stands directly below it.</summary>
/// <param name="Code">The code.</param>
/// <param name="IsAbstract">True for a code that only groups others and is not meant to be used.</param>
/// <param name="Children">The codes directly below it.</param>
/// <param name="Properties">Its properties, as name and text of the value.</param>
internal sealed record Concept(
    string Code, bool IsAbstract, ImmutableArray<string> Children,
    ImmutableArray<(string Name, string Value)> Properties);

/// <summary>The codes of a code system (R4, CodeSystem), all of them or a part that says so.</summary>
internal sealed class CodeSystemDefinition
{
    private readonly FrozenDictionary<string, Concept> _concepts;
    private readonly ConcurrentDictionary<string, FrozenSet<string>> _from;

    internal CodeSystemDefinition(string url, bool isComplete, bool isAnyCase, IEnumerable<Concept> concepts)
    {
        Url = url;
        IsComplete = isComplete;
        Comparer = isAnyCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        var all = new Dictionary<string, Concept>(Comparer);
        foreach (var concept in concepts)
        {
            // A code that stands under several parents is listed several times; its children may be told only once.
            all[concept.Code] = all.TryGetValue(concept.Code, out var known)
                ? known with { Children = [.. known.Children.Union(concept.Children)] }
                : concept;
        }

        _concepts = all.ToFrozenDictionary(Comparer);
        _from = new(Comparer);
    }

    public string Url { get; }

    /// <summary>False where there are codes that are not known here.</summary>
    public bool IsComplete { get; }

    /// <summary>
    /// False where what stands below a code is not a kind of it but its part, or only listed with it (R4,
    /// CodeSystem.hierarchyMeaning).
    /// </summary>
    public bool IsSubsuming { get; init; } = true;

    /// <summary>How codes of this system are compared.</summary>
    public StringComparer Comparer { get; }

    /// <summary>The codes known.</summary>
    public IReadOnlyList<string> Codes => _concepts.Keys;

    /// <summary>A code and what is said of it; null where it is not known.</summary>
    public Concept? Find(string code) => _concepts.GetValueOrDefault(code);

    /// <summary>True for a code, or false where it is not one; null where the system is known only in part.</summary>
    public bool? Has(string code) => _concepts.ContainsKey(code) ? true : IsComplete ? false : null;

    /// <summary>The codes below a code, and that code itself.</summary>
    public FrozenSet<string> From(string code) =>
        _concepts.ContainsKey(code) ? _from.GetOrAdd(code, Collect) : FrozenSet<string>.Empty;

    private FrozenSet<string> Collect(string code)
    {
        var found = new HashSet<string>(Comparer);
        var open = new Stack<string>([code]);
        while (open.TryPop(out var at))
        {
            if (found.Add(at) && Find(at) is { } concept)
            {
                foreach (var child in concept.Children)
                {
                    open.Push(child);
                }
            }
        }

        return found.ToFrozenSet(Comparer);
    }

    /// <summary>A CodeSystem resource; null where it holds no codes (<c>not-present</c>, <c>example</c>).</summary>
    public static CodeSystemDefinition? Read(ObjectNode resource)
    {
        var content = resource.Text("content");
        return resource.Text("url") is { } url && content is "complete" or "fragment"
            ? new CodeSystemDefinition(
                url, content == "complete", resource["caseSensitive"] is BooleanNode { Value: false },
                resource.Children("concept").SelectMany(Flat))
            {
                IsSubsuming = resource.Text("hierarchyMeaning") is null or "is-a",
            }
            : null;
    }

    private static IEnumerable<Concept> Flat(ObjectNode concept)
    {
        var properties = concept.Children("property").Select(Property).ToImmutableArray();
        var children = concept.Children("concept").ToImmutableArray();
        var isAbstract = properties.Any(each => each is { Name: "notSelectable" or "abstract", Value: "true" });
        yield return new Concept(
            concept.Text("code") ?? "", isAbstract,
            [
                .. children.Select(child => child.Text("code") ?? ""),
                .. properties.Where(each => each.Name == "child").Select(each => each.Value),
            ],
            properties);
        foreach (var below in children.SelectMany(Flat))
        {
            yield return below;
        }
    }

    private static (string Name, string Value) Property(ObjectNode property)
    {
        var value = property.Members.FirstOrDefault(
            member => member.Name.StartsWith("value", StringComparison.Ordinal)).Value;
        var text = value switch
        {
            ObjectNode coding => coding.Text("code"),
            BooleanNode flag => flag.Value ? "true" : "false",
            NumberNode number => number.Text,
            _ => value?.AsText,
        };
        return (property.Text("code") ?? "", text ?? "");
    }
}
