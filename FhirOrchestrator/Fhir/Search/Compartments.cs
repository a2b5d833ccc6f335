using FhirOrchestrator.Fhir.Definitions;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>Searches confined to a compartment (R4, search, 3.1.1.6, and compartmentdefinition).</summary>
internal static class Compartments
{
    /// <summary>The types that have compartments.</summary>
    public static ImmutableArray<string> Types { get; } =
        ["Device", "Encounter", "Patient", "Practitioner", "RelatedPerson"];

    // The compartments that R4 defines with their own resource in them ("{def}").
    private static readonly ImmutableArray<string> WithTheirOwn = ["Encounter", "Practitioner", "RelatedPerson"];

    /// <summary>
    /// The condition that a resource belongs to a compartment; null where none of the types can.
    /// </summary>
    /// <param name="withSelf">True where the compartment's own resource belongs to it, as for authorisation.</param>
    public static SearchMembership? Membership(
        string compartment, string id, IEnumerable<string> types, SearchCatalogs catalogs, bool withSelf)
    {
        ImmutableArray<SearchParameter> parameters =
        [
            .. from type in types
               from code in FhirDefinitions.R4.Compartment(compartment, type)
               let parameter = catalogs.For(type).Find(code)
               where parameter is { Kind: SearchKind.Reference }
               select parameter,
        ];
        return parameters.IsEmpty && !withSelf ? null : new SearchMembership(compartment, id, parameters, withSelf);
    }

    /// <summary>
    /// The query confined to a compartment, and to the types that belong to it; null where none of its types does.
    /// </summary>
    public static SearchQuery? Below(this SearchQuery query, string compartment, string id)
    {
        var isOwn = WithTheirOwn.Contains(compartment) && query.Types.Contains(compartment);
        ImmutableArray<string> types = [.. query.Types.Where(type =>
            (isOwn && type == compartment) || !FhirDefinitions.R4.Compartment(compartment, type).IsEmpty)];
        return Membership(compartment, id, types, query.Reading.Catalogs, isOwn) is { } membership
            ? query with { Types = types, Criteria = query.Criteria.Add(membership) }
            : null;
    }

    /// <summary>
    /// The query confined to what concerns one resource, itself included: what a person who may see only that
    /// compartment may find.
    /// </summary>
    public static SearchQuery Within(this SearchQuery query, string compartment, string id) => query with
    {
        Criteria = query.Criteria.Add(
            Membership(compartment, id, query.Types, query.Reading.Catalogs, withSelf: true)
            ?? throw new System.Diagnostics.UnreachableException()),
    };
}
