namespace FhirOrchestrator.Fhir.Search;

/// <summary>Modifiers of a parameter (R4, search, modifiers).</summary>
internal enum SearchModifier
{
    None,

    /// <summary><c>:missing</c></summary>
    Missing,

    /// <summary><c>:not</c> on tokens: no value matches.</summary>
    Not,

    /// <summary><c>:exact</c> on strings.</summary>
    Exact,

    /// <summary><c>:contains</c> on strings.</summary>
    Contains,

    /// <summary><c>:text</c> on tokens: the words that go with the code begin so.</summary>
    Text,

    /// <summary><c>:of-type</c> on identifiers: type system, type code and value.</summary>
    OfType,

    /// <summary><c>:identifier</c> on references.</summary>
    Identifier,

    /// <summary><c>:above</c> on URIs: the value or a beginning of it; on tokens: the code or one above it.</summary>
    Above,

    /// <summary><c>:below</c> on URIs: what begins with the value; on tokens: the code or one below it.</summary>
    Below,

    /// <summary><c>:in</c> on tokens: a code of the value set.</summary>
    In,

    /// <summary><c>:not-in</c> on tokens: no code of the value set.</summary>
    NotIn,
}

/// <summary>One thing that has to hold for a resource to be found.</summary>
internal abstract record SearchCondition
{
    /// <summary>True where the resource alone does not tell: other resources have to be looked at.</summary>
    public abstract bool NeedsOthers { get; }

    /// <summary>How many values are compared.</summary>
    public virtual int ValueCount => 1;
}

/// <summary>One parameter of a query: any of the values has to match.</summary>
internal sealed record SearchCriterion(
    SearchParameter Parameter, SearchModifier Modifier, ImmutableArray<SearchValue> AnyOf) : SearchCondition
{
    public override bool NeedsOthers => false;

    public override int ValueCount => AnyOf.Sum(value =>
        value is SearchValue.Composite composite ? composite.Parts.Sum(part => part.Length) : 1);

    /// <summary>True where no value may match.</summary>
    public bool IsNegated => Modifier is SearchModifier.Not or SearchModifier.NotIn;

    /// <summary>The rows that are looked at.</summary>
    public SearchAspect Aspect => Modifier switch
    {
        SearchModifier.Text => SearchAspect.Text,
        SearchModifier.OfType => SearchAspect.OfType,
        SearchModifier.Identifier => SearchAspect.Identifier,
        _ => SearchAspect.Value,
    };

    /// <summary>The kind of the rows that are looked at.</summary>
    public SearchKind RowKind => Modifier switch
    {
        SearchModifier.Text => SearchKind.String,
        SearchModifier.OfType or SearchModifier.Identifier => SearchKind.Token,
        _ => Parameter.Kind,
    };
}

/// <summary>A chain (R4, search, chained parameters): a referenced resource for which one of the branches
/// holds.</summary>
internal sealed record SearchChain(SearchParameter Reference, ImmutableArray<SearchBranch> AnyOf) : SearchCondition
{
    public override bool NeedsOthers => true;

    public override int ValueCount => AnyOf.Sum(branch => branch.Condition.ValueCount);
}

/// <summary>What has to hold for a chain's target of one of the types.</summary>
internal sealed record SearchBranch(ImmutableArray<string> Types, SearchCondition Condition);

/// <summary><c>_has</c>: a resource of a type refers to this one, and the condition holds for it.</summary>
internal sealed record SearchHas(string Type, SearchParameter Reference, SearchCondition Condition) : SearchCondition
{
    public override bool NeedsOthers => true;

    public override int ValueCount => Condition.ValueCount;
}

/// <summary>The resource belongs to a compartment (R4, compartmentdefinition): one of the parameters refers to
/// it.</summary>
/// <param name="WithSelf">True where the compartment's own resource counts too.</param>
internal sealed record SearchMembership(
    string Type, string Id, ImmutableArray<SearchParameter> AnyOf, bool WithSelf) : SearchCondition
{
    public override bool NeedsOthers => false;
}
