using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>
/// What a differential says of an element, laid over what the base says (R4, profiling, "limitations of use"): a
/// profile narrows, it never widens. What would widen is refused.
/// </summary>
internal sealed class ElementMerge(string profile, Action<string> refuse)
{
    private static readonly ImmutableArray<string> Strengths = ["example", "preferred", "extensible", "required"];

    /// <summary>The facts of an element with those of the differential over them.</summary>
    /// <param name="facts">What holds by the base.</param>
    /// <param name="said">The element of the differential.</param>
    /// <param name="isNewSlice">True for a slice that this differential adds: it may be rarer than its element.</param>
    public ObjectNode Merge(ObjectNode facts, ObjectNode said, bool isNewSlice)
    {
        if (isNewSlice)
        {
            facts = facts.With("slicing", null).With("min", 0);
        }

        foreach (var (name, value) in said.Members)
        {
            facts = name switch
            {
                "id" or "path" or "sliceName" or "base" or "contentReference" => facts,
                "min" => Min(facts, value),
                "max" => Max(facts, value),
                "type" => Types(facts, value),
                "binding" => Binding(facts, value),
                "constraint" => Constraints(facts, said),
                "slicing" => Slicing(facts, value),
                _ when IsFixed(name) => Fixed(facts, name, value),
                _ => facts.With(name, value),
            };
        }

        RequireMinWithinMax(facts);
        return facts;
    }

    /// <summary>The number of a maximum, null for <c>*</c>.</summary>
    public static int? Number(string? max) => int.TryParse(
        max, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;

    private static int Minimum(ObjectNode facts) => Number((facts["min"] as NumberNode)?.Text) ?? 0;

    private ObjectNode Min(ObjectNode facts, Node value)
    {
        var (had, wanted) = (Minimum(facts), Number((value as NumberNode)?.Text));
        if (wanted is null || wanted < had)
        {
            refuse($"expected min of at least {had}, got {value}");
            return facts;
        }

        return facts.With("min", value);
    }

    private ObjectNode Max(ObjectNode facts, Node value)
    {
        var text = value.AsText;
        var (had, wanted) = (Number(facts.Text("max")), Number(text));
        if (text is null || (text != "*" && wanted is null) || (had is not null && (wanted is null || wanted > had)))
        {
            refuse($"expected max of at most {facts.Text("max")}, got {text}");
            return facts;
        }

        return facts.With("max", value);
    }

    private void RequireMinWithinMax(ObjectNode facts)
    {
        if (Number(facts.Text("max")) is { } max && max != 0 && Minimum(facts) > max)
        {
            refuse($"expected min of at most max {max}, got {Minimum(facts)}");
        }
    }

    private ObjectNode Types(ObjectNode facts, Node value)
    {
        var had = facts.Children("type").ToImmutableArray();
        foreach (var type in value.AsItems.OfType<ObjectNode>())
        {
            var code = type.Text("code") ?? "";
            if (!had.IsEmpty && !had.Any(each => TypeRules.MayBecome(each.Text("code") ?? "", code)))
            {
                refuse($"expected a type among {string.Join(", ", had.Select(each => each.Text("code")))}, got {code}");
                return facts;
            }
        }

        return facts.With("contentReference", null).With("type", new ArrayNode(
            [.. value.AsItems.OfType<ObjectNode>().Select(type => TypeRules.Narrowed(had, type))]));
    }

    private ObjectNode Binding(ObjectNode facts, Node value)
    {
        var had = Strengths.IndexOf(facts.Child("binding")?.Text("strength") ?? "");
        var wanted = Strengths.IndexOf((value as ObjectNode)?.Text("strength") ?? "");
        if (wanted < had)
        {
            refuse($"expected a binding of at least {Strengths[had]}, got "
                + $"{(wanted < 0 ? "no strength" : Strengths[wanted])}");
            return facts;
        }

        return facts.With("binding", value);
    }

    private ObjectNode Constraints(ObjectNode facts, ObjectNode said)
    {
        var had = facts.Children("constraint").ToImmutableArray();
        var keys = had.Select(each => each.Text("key")).ToHashSet();
        var added = said.Children("constraint").Where(each => !keys.Contains(each.Text("key")))
            .Select(each => each["source"] is null ? each.With("source", profile) : each);
        return facts.With("constraint", Node.Array(had.Concat(added).Select(each => (Node)each)));
    }

    private ObjectNode Slicing(ObjectNode facts, Node value)
    {
        var (had, wanted) = (facts.Child("slicing"), value as ObjectNode ?? ObjectNode.Empty);
        if (had?.Text("rules") == "closed" && wanted.Text("rules") is not "closed" and not null)
        {
            refuse($"expected closed slicing, as in the base, got {wanted.Text("rules")}");
            return facts;
        }

        return facts.With("slicing", wanted["discriminator"] is null && had?["discriminator"] is { } discriminator
            ? wanted.With("discriminator", discriminator)
            : wanted);
    }

    private ObjectNode Fixed(ObjectNode facts, string name, Node value)
    {
        var had = facts.Members.FirstOrDefault(member => member.Name.StartsWith("fixed", StringComparison.Ordinal));
        if (had.Name is not null && (had.Name != name || had.Value.ToString() != value.ToString()))
        {
            refuse($"expected {had.Name} {had.Value}, as in the base, got {name} {value}");
            return facts;
        }

        return facts.With(name, value);
    }

    private static bool IsFixed(string name) => name.StartsWith("fixed", StringComparison.Ordinal);
}
