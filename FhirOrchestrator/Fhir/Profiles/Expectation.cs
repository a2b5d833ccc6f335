using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>
/// What a slice says of the element that its discriminator looks at: the profile's rule there, or a part of a fixed
/// value or pattern that stands above it, or only a type.
/// </summary>
internal sealed record Expectation(
    RuleNode? Rule, Node? Fixed = null, Node? Pattern = null, string? Type = null, Profile? Profile = null)
{
    private const int DepthMax = 16;

    /// <summary>Goes the steps of a discriminator from a slice on, through the profiles of types too.</summary>
    public static List<Expectation> Along(
        ProfileCatalog catalog, RuleNode slice, ImmutableArray<DiscriminatorStep> steps)
    {
        List<Expectation> at = [Of(slice)];
        foreach (var step in steps)
        {
            at = [.. at.SelectMany(each => each.Step(catalog, step))];
        }

        return at;
    }

    private static Expectation Of(RuleNode rule) => new(rule, rule.Fixed, rule.Pattern);

    private IEnumerable<Expectation> Step(ProfileCatalog catalog, DiscriminatorStep step) => step.Kind switch
    {
        StepKind.Child => Children(catalog, step.Name),
        StepKind.Extension => Extensions(step.Name),
        StepKind.Resolve => Targets(catalog),
        _ => [this],
    };

    private IEnumerable<Expectation> Children(ProfileCatalog catalog, string name)
    {
        foreach (var constant in Parts(Fixed, name))
        {
            yield return new(null, Fixed: constant);
        }

        foreach (var pattern in Parts(Pattern, name))
        {
            yield return new(null, Pattern: pattern);
        }

        if (Rule is null)
        {
            yield break;
        }

        var child = Rule.Child(name);
        if (child is not null && Says(child))
        {
            yield return Of(child);
            foreach (var slice in child.Slices)
            {
                yield return Of(slice);
            }

            yield break;
        }

        var isFound = false;
        foreach (var root in TypeRoots(catalog))
        {
            if (root.Child(name) is { } inner)
            {
                isFound = true;
                yield return Of(inner);
            }
        }

        if (!isFound && child is not null)
        {
            yield return Of(child);
        }
    }

    private static bool Says(RuleNode rule) => rule.Fixed is not null || rule.Pattern is not null
        || rule.Children.Count > 0 || rule.Slices.Count > 0 || rule.Binding is { Strength: "required" }
        || rule.Min > 0 || rule.Max == 0;

    private static ImmutableArray<Node> Parts(Node? constant, string name) =>
        (constant as ObjectNode)?.Items(name) ?? [];

    private IEnumerable<Expectation> Extensions(string url) =>
        AllSlices(Rule?.Child("extension"))
            .Where(slice => slice.Types.Any(type => type.Profiles.Any(profile => Same(profile, url)))
                || slice.Child("url")?.Fixed?.AsText == url)
            .Select(Of);

    // Slices of slices too.
    private static IEnumerable<RuleNode> AllSlices(RuleNode? rule) =>
        rule?.Slices.SelectMany(slice => AllSlices(slice).Prepend(slice)) ?? [];

    private static bool Same(string canonical, string url) =>
        canonical == url || (canonical.StartsWith(url, StringComparison.Ordinal) && canonical[url.Length] == '|');

    private IEnumerable<Expectation> Targets(ProfileCatalog catalog)
    {
        foreach (var target in Rule?.Types.SelectMany(type => type.Targets) ?? [])
        {
            if (ProfileCatalog.IsType(target))
            {
                yield return new(null, Type: catalog.TypeOf(target));
            }
            else if (catalog.Find(target).Profile is { } profile)
            {
                yield return Of(profile.Root) with { Type = profile.Type, Profile = profile };
            }
        }
    }

    private IEnumerable<RuleNode> TypeRoots(ProfileCatalog catalog)
    {
        foreach (var url in Rule?.Types.SelectMany(type => type.Profiles) ?? [])
        {
            if (!ProfileCatalog.IsType(url) && catalog.Find(url).Profile is { } profile)
            {
                yield return profile.Root;
            }
        }
    }

    /// <summary>True where this says something that a kind of discriminator can tell slices apart by.</summary>
    public bool Tells(string kind, ProfileCatalog catalog) => kind switch
    {
        "exists" => Rule is { Min: > 0 } or { Max: 0 },
        "type" => Type is not null || Rule is { Types.IsEmpty: false },
        "profile" => Profile is not null || Type is not null
            || Rule?.Types.Any(type => !type.Profiles.IsEmpty) == true,
        _ => Fixed is not null || Pattern is not null || Rule is { Max: 0 }
            || (Rule is not null && HasConstantBelow(catalog, Rule, 0)),
    };

    private static bool HasConstantBelow(ProfileCatalog catalog, RuleNode rule, int depth) =>
        HasConstant(rule)
        || (rule.Binding is { Strength: "required" } binding && catalog.HasCode(binding.ValueSet, null, "") is not null)
        || (depth < DepthMax && (rule.Children.Exists(child => HasConstantBelow(catalog, child, depth + 1))
            || rule.Slices.Exists(slice => HasConstantBelow(catalog, slice, depth + 1))));

    /// <summary>True where an item has a type that is expected.</summary>
    public bool AllowsType(ElementItem item) => Type is not null
        ? item.IsFhir(Type)
        : Rule?.Types.Any(type => type.Code == item.TypeName || (item.IsResource && item.IsFhir(type.Code))) == true;

    /// <summary>True where an item conforms to a profile that is expected.</summary>
    public bool Conforms(ValidationRun run, ElementItem item, Place from)
    {
        var place = item.IsResource && item.Node is ObjectNode node
            ? Place.Of(from.Frame.Near(node, item.TypeName))
            : Place.Of(item, from.Frame);
        if (Profile is { } own)
        {
            return run.Passes(() => ProfileWalk.Run(run, own, place));
        }

        if (Type is not null)
        {
            return item.IsFhir(Type);
        }

        return Rule?.Types.SelectMany(type => type.Profiles).Any(url => run.Catalog.Find(url).Profile is { } profile
            && run.Passes(() => ProfileWalk.Run(run, profile, place))) == true;
    }

    /// <summary>
    /// True where an item has the value, pattern or code that is expected; false where nothing is expected that could
    /// tell.
    /// </summary>
    public bool Satisfies(ProfileCatalog catalog, ElementItem item) =>
        Matches(Fixed, Pattern, item.Node)
        ?? (Rule is null ? null : BySubtree(catalog, Rule, item.Node, 0))
        ?? false;

    private static bool? Matches(Node? constant, Node? pattern, Node? value) =>
        constant is null && pattern is null
            ? null
            : (constant is null || ValueMatch.IsSame(value, constant))
                && (pattern is null || ValueMatch.Fits(value, pattern));

    // Fixed values, patterns and required codes anywhere below; null where there is none.
    private static bool? BySubtree(ProfileCatalog catalog, RuleNode rule, Node? value, int depth)
    {
        var verdict = Matches(rule.Fixed, rule.Pattern, value);
        if (verdict == false || depth > DepthMax)
        {
            return verdict;
        }

        if (rule.Binding is { Strength: "required" } binding && IsIn(catalog, binding.ValueSet, value) is { } isIn)
        {
            verdict = isIn;
        }

        foreach (var child in rule.Children.Concat(rule.Children.SelectMany(each => each.Slices)))
        {
            var values = (value as ObjectNode)?.Items(child.Name) ?? [];
            var below = values.IsEmpty
                ? child.Min > 0 && child.SliceName is null && HasConstant(child) ? false : null
                : values.Select(each => BySubtree(catalog, child, each, depth + 1))
                    .FirstOrDefault(each => each != false, false);
            if (below == false && (child.Min > 0 || child.SliceName is null))
            {
                return false;
            }

            verdict ??= below;
        }

        return verdict;
    }

    private static bool HasConstant(RuleNode rule) => rule.Fixed is not null || rule.Pattern is not null;

    private static bool? IsIn(ProfileCatalog catalog, string valueSet, Node? value) => value switch
    {
        TextNode { Value: var code } => catalog.HasCode(valueSet, null, code),
        ObjectNode node when node["coding"] is not null => node.Children("coding")
            .Select(coding => IsIn(catalog, valueSet, coding))
            .FirstOrDefault(each => each == true, false),
        ObjectNode node when node.Text("code") is { } code => catalog.HasCode(valueSet, node.Text("system"), code),
        _ => null,
    };
}
