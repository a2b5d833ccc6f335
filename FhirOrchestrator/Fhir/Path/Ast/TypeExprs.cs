using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Path.Functions;

namespace FhirOrchestrator.Fhir.Path.Ast;

/// <summary>
/// The type of <c>is</c>, <c>as</c> and <c>ofType</c>. A name without a namespace is sought in FHIR, then in System.
/// </summary>
internal sealed class TypeName
{
    private readonly bool _isFhir;
    private readonly bool _isSystem;

    private TypeName(string name, bool isFhir, bool isSystem) => (Name, _isFhir, _isSystem) = (name, isFhir, isSystem);

    public string Name { get; }

    /// <summary>True of a concrete resource type.</summary>
    public bool IsResource => _isFhir && FhirDefinitions.R4.IsResource(Name);

    /// <summary>What an item of this type can be; default of abstract types, and of System types.</summary>
    public ImmutableArray<TypeDefinition> Types =>
        _isFhir && !_isSystem
            && FhirDefinitions.R4.Type(Name) is { IsAbstract: false, Kind: not TypeKind.Primitive } type
            ? [type]
            : default;

    public static TypeName Of(string? space, string name, int position)
    {
        var isFhir = space is null or "FHIR" && FhirDefinitions.R4.Type(name) is not null;
        var isSystem = space is null or "System" && PathVocabulary.SystemTypes.Contains(name);
        return isFhir || isSystem || space == "System"
            ? new TypeName(name, isFhir, isSystem)
            : throw new FhirPathException(
                $"expected a type of FHIR or System, got '{name}'"
                + PathVocabulary.Nearest(name, FhirDefinitions.R4.TypeNames.Concat(PathVocabulary.SystemTypes)),
                position);
    }

    /// <summary>Whether an item is of this type or of one derived from it, as <c>is</c> asks.</summary>
    public bool Fits(PathItem item) => item is ElementItem element
        ? _isFhir && element.IsFhir(Name)
        : _isSystem && (Name == "Any" || Name == item.TypeName);

    /// <summary>
    /// Whether <c>as</c> and <c>ofType</c> select an item. Resources and complex types may be derived ones. A primitive
    /// is selected by the very type that its definition gives it: these functions tell the types of a choice apart,
    /// where <c>string</c> and <c>code</c>, or <c>uri</c> and <c>canonical</c>, are different members.
    /// </summary>
    public bool Selects(PathItem item) => item is ElementItem { Definition.IsPrimitive: true } element
        ? _isFhir && element.TypeName == Name
        : Fits(item);
}

/// <summary><c>x is Type</c> or <c>x as Type</c>, as operator or function.</summary>
internal sealed class TypeExpr : Expr
{
    private readonly Expr _operand;
    private readonly TypeName _type;
    private readonly bool _isTest;
    private readonly bool _isStrict;

    public TypeExpr(Expr operand, TypeName type, bool isTest, bool isStrict, int position)
        : base(position)
    {
        (_operand, _type, _isTest, _isStrict) = (operand, type, isTest, isStrict);
        Types = isTest ? default : type.Types;
        IsUnordered = !isTest && operand.IsUnordered;
        Depth = DepthOf(operand);
    }

    protected override Sequence Run(Scope scope)
    {
        // resolve() is Patient: the reference says its type, the resource need not be at hand.
        if (_isTest && _type.IsResource && _operand is CallExpr { Name: "resolve" } resolve)
        {
            var references = resolve.Input(scope);
            return One(references, "operand of is") is { } reference
                && FhirFunctions.TypeOfReference(reference) is { } known
                ? Sequence.Of(known == _type.Name)
                : Test(resolve.Evaluate(scope));
        }

        var items = _operand.Evaluate(scope);
        if (_isTest)
        {
            return Test(items);
        }

        return _isStrict
            ? One(items, "operand of as") is { } item && _type.Selects(item) ? items : default
            : OfTypeExpr.Filter(items, _type, scope);
    }

    private Sequence Test(Sequence items) =>
        One(items, "operand of is") is { } item ? Sequence.Of(_type.Fits(item)) : default;
}

/// <summary><c>x.ofType(Type)</c>.</summary>
internal sealed class OfTypeExpr : Expr
{
    private readonly Expr _target;
    private readonly TypeName _type;

    public OfTypeExpr(Expr target, TypeName type, int position)
        : base(position)
    {
        (_target, _type) = (target, type);
        Types = type.Types;
        IsUnordered = target.IsUnordered;
        Depth = DepthOf(target);
    }

    public static Sequence Filter(Sequence items, TypeName type, Scope scope)
    {
        if (items.Count <= 1)
        {
            return items.Count == 1 && type.Selects(items[0]) ? items : default;
        }

        var kept = new SequenceBuilder(scope.Run);
        for (var at = 0; at < items.Count; at++)
        {
            if (type.Selects(items[at]))
            {
                kept.Add(items[at]);
            }
        }

        return kept.Build();
    }

    protected override Sequence Run(Scope scope) => Filter(_target.Evaluate(scope), _type, scope);
}
