using FhirOrchestrator.Fhir.Definitions;

namespace FhirOrchestrator.Fhir.Path.Ast;

/// <summary>The children of a name, <c>target.name</c>.</summary>
internal sealed class MemberExpr : Expr
{
    private readonly Expr? _target;
    private readonly string _name;

    // The last definition met and its element of this name: mostly all items of an expression have one type.
    private ElementStep? _last;

    private MemberExpr(Expr? target, string name, int position)
        : base(position)
    {
        (_target, _name) = (target, name);
        IsUnordered = target is { IsUnordered: true };
        Depth = DepthOf(target);
    }

    /// <summary>A step after a dot.</summary>
    public static MemberExpr Of(Expr target, string name, int position)
    {
        CheckName(name, position);
        return new MemberExpr(target, name, position)
        {
            Types = TypesBelow(target.Types, name, position),
        };
    }

    /// <summary>A name at the start of a path: a type that the focus is of, or an element of <c>$this</c>.</summary>
    public static Expr OfRoot(
        string name, ImmutableArray<TypeDefinition> thisTypes, PathDialect dialect, int position)
    {
        if (name.Length > 0 && char.IsAsciiLetterUpper(name[0]) && FhirDefinitions.R4.Type(name) is { } type)
        {
            if (!thisTypes.IsDefaultOrEmpty && !thisTypes.Any(each => each.Is(name)))
            {
                throw new FhirPathException($"expected a path on {thisTypes[0].Name}, got one on {name}", position);
            }

            return new RootTypeExpr(type, isStrict: dialect == PathDialect.Strict, position);
        }

        CheckName(name, position);
        return new MemberExpr(null, name, position) { Types = TypesBelow(thisTypes, name, position) };
    }

    protected override Sequence Run(Scope scope)
    {
        var target = _target is null ? scope.This : _target.Evaluate(scope);
        if (target.IsEmpty)
        {
            return default;
        }

        var found = new SequenceBuilder(scope.Run);
        for (var at = 0; at < target.Count; at++)
        {
            if (target[at] is ElementItem { Definition: { } definition } element)
            {
                var step = StepIn(definition);
                if (step.Element is not null)
                {
                    element.AddChildren(step, ref found);
                }
                else if (definition.JsonElement(_name) is not null)
                {
                    throw NoElement([definition], _name, Position);
                }
            }
            else
            {
                target[at].AddChildren(_name, ref found);
            }
        }

        return found.Build();
    }

    public override Place Locate(Scope scope)
    {
        scope.Run.Step(Position);
        var place = _target is null ? Place.Of(scope.This) : _target.Locate(scope);
        return place.Node is null || place.Definition is null ? place : place.Below(StepIn(place.Definition));
    }

    private ElementStep StepIn(TypeDefinition definition)
    {
        var last = _last;
        if (last is null || !ReferenceEquals(last.In, definition))
        {
            _last = last = new ElementStep(definition, _name);
        }

        return last;
    }

    private static ImmutableArray<TypeDefinition> TypesBelow(
        ImmutableArray<TypeDefinition> above, string name, int position)
    {
        if (above.IsDefaultOrEmpty)
        {
            return default;
        }

        var below = ImmutableArray.CreateBuilder<TypeDefinition>(above.Length);
        var isKnown = false;
        var isOpen = false;
        foreach (var definition in above)
        {
            if (definition.Element(name) is not { } element)
            {
                continue;
            }

            isKnown = true;
            foreach (var content in element.Content is { } own ? [own] : element.Types.Select(type => type.Definition))
            {
                isOpen |= content is null or { Kind: TypeKind.Resource };
                if (content is not null)
                {
                    below.Add(content);
                }
            }
        }

        return !isKnown ? throw NoElement(above, name, position) : isOpen ? default : below.ToImmutable();
    }

    private static FhirPathException NoElement(ImmutableArray<TypeDefinition> types, string name, int position)
    {
        foreach (var type in types)
        {
            if (type.JsonElement(name) is { Element.IsChoice: true, Type: { } choice } member)
            {
                return new FhirPathException(
                    $"expected an element of {type.Name}, got '{name}'; "
                    + $"write {member.Element.Name}.ofType({choice.Code})",
                    position);
            }
        }

        var owner = types.Length == 1 ? types[0].Name : "any type that this path can have";
        var names = types.SelectMany(type => type.Elements).Select(element => element.Name);
        return new FhirPathException(
            $"expected an element of {owner}, got '{name}'" + PathVocabulary.Nearest(name, names), position);
    }

    // A misspelt element would silently be empty for ever, and a condition over it false.
    private static void CheckName(string name, int position)
    {
        if (PathVocabulary.IsElement(name))
        {
            return;
        }

        var names = FhirDefinitions.R4.ElementNames;
        for (var end = name.Length - 1; end > 0; end--)
        {
            if (char.IsAsciiLetterUpper(name[end]) && names.Contains(name[..end])
                && FhirDefinitions.R4.TypeNames.Contains(name[end..], StringComparer.OrdinalIgnoreCase))
            {
                var type = FhirDefinitions.R4.TypeNames.First(
                    each => each.Equals(name[end..], StringComparison.OrdinalIgnoreCase));
                throw new FhirPathException(
                    $"expected the name of an R4 element, got '{name}'; write {name[..end]}.ofType({type})", position);
            }
        }

        throw new FhirPathException(
            $"expected the name of an R4 element, got '{name}'" + PathVocabulary.Nearest(name, names), position);
    }
}

/// <summary>A type at the start of a path, such as <c>Patient</c>: the focus, where it is of that type.</summary>
internal sealed class RootTypeExpr : Expr
{
    private readonly string _name;
    private readonly bool _isStrict;

    public RootTypeExpr(TypeDefinition type, bool isStrict, int position)
        : base(position)
    {
        (_name, _isStrict) = (type.Name, isStrict);
        Types = type.IsAbstract ? default : [type];
    }

    public override Place Locate(Scope scope)
    {
        scope.Run.Step(Position);
        return scope.This.Count == 1 && scope.This[0].IsFhir(_name) ? Place.Of(scope.This) : Place.Elsewhere;
    }

    protected override Sequence Run(Scope scope)
    {
        if (scope.This.Count == 1)
        {
            if (scope.This[0].IsFhir(_name))
            {
                return scope.This;
            }

            if (_isStrict)
            {
                throw Fail($"expected {_name}, got {scope.This[0].FullTypeName}");
            }
        }

        return default;
    }
}
