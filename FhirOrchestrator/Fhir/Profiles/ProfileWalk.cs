using System.Globalization;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>Validates what a profile adds to R4: <see cref="ShapeWalk"/> has checked R4 itself.</summary>
internal sealed class ProfileWalk
{
    private readonly ValidationRun _run;
    private readonly Profile _profile;
    private readonly Slicer _slicer;

    private ProfileWalk(ValidationRun run, Profile profile)
    {
        _run = run;
        _profile = profile;
        _slicer = new Slicer(run, this);
    }

    /// <summary>Checks a value against a profile; one that is being checked already counts as conforming.</summary>
    public static void Run(ValidationRun run, Profile profile, Place place)
    {
        // From its own profile a resource looks as if it stood alone.
        place = place is { Member: not null, Shape.Definition.Kind: TypeKind.Resource } ? Place.Of(place.Frame) : place;
        if (!run.Enter(profile, place))
        {
            return;
        }

        var walk = new ProfileWalk(run, profile);
        if (profile.Type.Length > 0 && profile.Type != place.Type && place.Shape?.Definition.Is(profile.Type) != true)
        {
            run.Error("structure", $"expected {profile.Type}, which {profile.Name} is about, got {place.Type}");
        }
        else
        {
            walk.Value(profile.Root, place);
        }

        run.Leave(profile, place);
    }

    /// <summary>
    /// Whether a value is of a slice: of each group on the way to it the value must be in the slice that comes next.
    /// </summary>
    /// <param name="run">The validation that this is asked in.</param>
    /// <param name="profile">The profile.</param>
    /// <param name="way">The sliced element, its slice, and the slices of that down to the one asked for.</param>
    /// <param name="place">The value.</param>
    public static bool IsOfSlice(ValidationRun run, Profile profile, ImmutableArray<RuleNode> way, Place place)
    {
        var walk = new ProfileWalk(run, profile);
        for (var at = 0; at < way.Length - 1; at++)
        {
            var found = walk._slicer.IndexOf(way[at], place);
            if (found < 0 || !ReferenceEquals(way[at].Slices[found], way[at + 1]))
            {
                return false;
            }
        }

        return way.Length > 1 || run.Passes(() => walk.Value(way[0], place));
    }

    /// <summary>Checks a value against what the profile says of its element or slice.</summary>
    public void Value(RuleNode rule, Place place)
    {
        if (!_run.Spend() || !IsTypeAllowed(rule, place))
        {
            return;
        }

        Constant(rule, place);
        Bound(rule, place);
        Code(rule, place);
        TypeProfiles.Check(_run, rule, place);
        if (!rule.Invariants.IsEmpty)
        {
            _run.Check(rule.Invariants, place.Item, place.Around);
        }

        Children(rule, place);
    }

    private void Children(RuleNode rule, Place place)
    {
        if (rule.Children.Count == 0 || place.Inside is not var (_, shape))
        {
            return;
        }

        foreach (var child in rule.Children)
        {
            // The value of a primitive is no child in JSON.
            if (_run.IsOver || (place.Shape is { Definition.IsPrimitive: true } && child.Name == "value"))
            {
                continue;
            }

            var values = place.Children(child.Name);
            Count(child, values.Count, shape);
            foreach (var value in values)
            {
                Down(value);
                Value(child, value);
                _run.Trail.Up();
            }

            if (child.Slices.Count > 0)
            {
                _slicer.Check(child, values);
            }
        }
    }

    /// <summary>Goes down to a value, for the location.</summary>
    public void Down(Place value) => _run.Trail.Down(
        value.Member?.Slot.Definition.Name ?? value.Type, value.Index, value.Member?.Choice);

    // What R4 itself says of the number has been checked.
    private void Count(RuleNode rule, int count, TypeShape shape)
    {
        var element = shape.Definition.Element(rule.Name);
        if (count < rule.Min && rule.Min > (count == 0 && element?.Min > 0 ? element.Min : 0))
        {
            _run.Error(
                "required",
                rule.Min == 1
                    ? $"expected {rule.Name} ({_profile.Name}), got none"
                    : string.Create(CultureInfo.InvariantCulture,
                        $"expected at least {rule.Min} {rule.Name} ({_profile.Name}), got {count}"));
        }
        else if (rule.Max is { } max && count > max && element?.Max != max)
        {
            _run.ErrorAt(
                rule.Name, -1, "structure",
                max == 0
                    ? $"expected no {rule.Name} ({_profile.Name}), got {count}"
                    : $"expected at most {max} {rule.Name} ({_profile.Name}), got {count}");
        }
    }

    private bool IsTypeAllowed(RuleNode rule, Place place)
    {
        if (rule.Types.IsEmpty || place.Member is null)
        {
            return true;
        }

        foreach (var type in rule.Types)
        {
            if (type.Code == place.Type || place.IsResourceOf(type.Code))
            {
                return true;
            }
        }

        _run.Error(
            "structure",
            $"expected {string.Join(" or ", rule.Types.Select(type => type.Code).Distinct())} ({_profile.Name}), "
            + $"got {place.Type}");
        return false;
    }

    private void Constant(RuleNode rule, Place place)
    {
        if (rule.Fixed is { } constant && !ValueMatch.IsSame(place.Value, constant))
        {
            _run.Error("value", $"expected the fixed value of {rule} ({_profile.Name}), got another");
        }

        if (rule.Pattern is { } pattern && !ValueMatch.Fits(place.Value, pattern))
        {
            _run.Error("value", $"expected the pattern of {rule} ({_profile.Name}), got another");
        }
    }

    private void Bound(RuleNode rule, Place place)
    {
        if (rule.MinValue is { } least && ValueMatch.Compare(place.Value, least) < 0)
        {
            _run.Error("value", $"expected at least the least value of {rule} ({_profile.Name}), got less");
        }

        if (rule.MaxValue is { } most && ValueMatch.Compare(place.Value, most) > 0)
        {
            _run.Error("value", $"expected at most the greatest value of {rule} ({_profile.Name}), got more");
        }

        if (rule.MaxLength is { } length && place.Value?.AsText is { } text && text.Length > length)
        {
            _run.Error("value", $"expected at most {length} characters ({_profile.Name}), got {text.Length}");
        }
    }

    private void Code(RuleNode rule, Place place)
    {
        if (rule.Binding is not { } binding || binding.ValueSet.Length == 0
            || (binding.Strength is not ("required" or "extensible") && binding.MaxValueSet is null)
            || place.Member?.Slot.Binding == binding)
        {
            return;
        }

        if (place.Value is ObjectNode node && place.Shape is { } shape)
        {
            BindingCheck.Complex(_run, binding, shape.Definition, node);
        }
        else if (place.Value is TextNode)
        {
            BindingCheck.Primitive(_run, binding, place.Value);
        }
    }
}
