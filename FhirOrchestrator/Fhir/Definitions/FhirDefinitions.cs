using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text.Json;
using FhirOrchestrator.Fhir.Definitions.Terms;

namespace FhirOrchestrator.Fhir.Definitions;

/// <summary>
/// The facts of FHIR 4.0.1: types, elements, search parameters and the codes of enumerable value sets. Read from the
/// embedded digest; a type is built when it is first asked for.
/// </summary>
internal sealed class FhirDefinitions
{
    private static readonly Lazy<FhirDefinitions> Loaded = new(Load);

    private readonly Terminology _terms = Terminology.R4;
    private readonly JsonElement _types;
    private readonly JsonElement _compartments;
    private readonly FrozenSet<string> _resourceTypes;
    private readonly ConcurrentDictionary<string, TypeTree?> _built = new(StringComparer.Ordinal);
    private readonly Lazy<FrozenDictionary<string, ImmutableArray<SearchParameterDefinition>>> _searchParameters;
    private readonly Lazy<FrozenSet<string>> _elementNames;

    private FhirDefinitions(JsonElement root)
    {
        _types = root.GetProperty("types");
        _compartments = root.GetProperty("compartments");
        TypeNames = [.. _types.EnumerateObject().Select(type => type.Name)];
        ResourceTypes =
        [
            .. _types.EnumerateObject()
                .Where(type => type.Value.GetProperty("kind").ValueEquals("resource"u8)
                    && !DigestReader.Flag(type.Value, "abstract"))
                .Select(type => type.Name)
                .Order(StringComparer.Ordinal),
        ];
        _resourceTypes = ResourceTypes.ToFrozenSet(StringComparer.Ordinal);
        var parameters = root.GetProperty("searchParameters");
        _searchParameters = new(() => ByType(DigestReader.SearchParameters(parameters)));
        _elementNames = new(() => DigestReader.ElementNames(_types).ToFrozenSet(StringComparer.Ordinal));
    }

    /// <summary>FHIR 4.0.1. The first use reads the digest, some ten milliseconds.</summary>
    public static FhirDefinitions R4 => Loaded.Value;

    /// <summary>The names of all types, abstract ones and data types included.</summary>
    public IReadOnlyList<string> TypeNames { get; }

    /// <summary>The 146 concrete resource types, in alphabetical order.</summary>
    public IReadOnlyList<string> ResourceTypes { get; }

    /// <summary>Every name by which FHIRPath may address an element of any type; choices without their type.</summary>
    public IReadOnlySet<string> ElementNames => _elementNames.Value;

    /// <summary>True for one of the 146 concrete resource types.</summary>
    public bool IsResource(string name) => _resourceTypes.Contains(name);

    /// <summary>A type by its name, or the content of a backbone element by its path; null where R4 has none.</summary>
    public TypeDefinition? Type(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? Tree(name)?.Root : Tree(name[..dot])?.Content(name);
    }

    /// <summary>
    /// The element at a path such as <c>Encounter.hospitalization.dischargeDisposition</c> or
    /// <c>Observation.value</c>; null where R4 has none. Paths go on through data types.
    /// </summary>
    public ElementDefinition? Element(string path)
    {
        var names = path.Split('.');
        var type = Type(names[0]);
        ElementDefinition? element = null;
        foreach (var name in names.AsSpan(1))
        {
            element = type?.Element(name.EndsWith("[x]", StringComparison.Ordinal) ? name[..^3] : name);
            if (element is null)
            {
                return null;
            }

            type = element.ContentOf(element.Types.Length == 1 ? element.Types[0] : null);
        }

        return element;
    }

    /// <summary>The search parameters of a concrete resource type, those of all resources included; by code.</summary>
    public ImmutableArray<SearchParameterDefinition> SearchParameters(string type) =>
        _searchParameters.Value.GetValueOrDefault(type, []);

    /// <summary>One search parameter of a type by its code, null where R4 has none.</summary>
    public SearchParameterDefinition? SearchParameter(string type, string code) =>
        SearchParameters(type).FirstOrDefault(each => each.Code == code);

    /// <summary>
    /// Whether a value set has a code; null where that cannot be told here, because the value set or the code's system
    /// is not among the definitions. Without a system any of the value set's systems will do.
    /// </summary>
    public bool? Codes(string valueSet, string? system, string code) => _terms.Has(valueSet, system, code);

    /// <summary>
    /// Whether a code is another one of the same system or stands above it in that system; null where that cannot be
    /// told here.
    /// </summary>
    public bool? Subsumes(string system, string code, string other) => _terms.Subsumes(system, code, other);

    /// <summary>
    /// The search parameters by which a resource type belongs to a compartment (<c>Patient</c>, <c>Encounter</c>, …);
    /// empty where it does not.
    /// </summary>
    public ImmutableArray<string> Compartment(string compartment, string type) =>
        _compartments.TryGetProperty(compartment, out var types) && types.TryGetProperty(type, out var codes)
            ? DigestReader.Strings(codes)
            : [];

    /// <summary>A type as the digest has it, null where it has none.</summary>
    internal JsonElement? Digest(string type) => _types.TryGetProperty(type, out var digest) ? digest : null;

    internal ImmutableArray<string> Lineage(string name)
    {
        var names = ImmutableArray.CreateBuilder<string>(4);
        var at = name;
        while (at is not null && _types.TryGetProperty(at, out var type))
        {
            names.Add(at);
            at = DigestReader.Text(type, "base");
        }

        return names.DrainToImmutable();
    }

    private TypeTree? Tree(string name) => _built.TryGetValue(name, out var tree)
        ? tree
        : _types.TryGetProperty(name, out var type) ? _built.GetOrAdd(name, new TypeTree(this, name, type)) : null;

    private FrozenDictionary<string, ImmutableArray<SearchParameterDefinition>> ByType(
        ImmutableArray<SearchParameterDefinition> all)
    {
        var byType = new Dictionary<string, ImmutableArray<SearchParameterDefinition>>(StringComparer.Ordinal);
        foreach (var type in ResourceTypes)
        {
            var lineage = Lineage(type);
            byType.Add(type, [.. all.Where(each => each.Bases.Any(@base => lineage.Contains(@base)))
                .OrderBy(each => each.Code, StringComparer.Ordinal)]);
        }

        return byType.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static FhirDefinitions Load() => new(EmbeddedFile.Read("r4-digest.json.gz"));
}
