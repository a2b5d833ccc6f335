using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>Assigns the values of a list to slices and checks them (R4, profiling, "Slicing").</summary>
internal sealed class Slicer(ValidationRun run, ProfileWalk walk)
{
    private static readonly SlicingRule Unsliced = new([], "open", IsOrdered: false);

    /// <summary>Checks the values of a sliced element, or of a slice that is sliced again.</summary>
    public void Check(RuleNode group, IReadOnlyList<Place> values)
    {
        var slicing = group.Slicing ?? Unsliced;
        var counts = new List<Place>[group.Slices.Count];
        var last = -1;
        var isEnded = false;
        foreach (var value in values)
        {
            if (run.IsOver)
            {
                return;
            }

            var at = IndexOf(group, value);
            if (at < 0)
            {
                isEnded = true;
                Unmatched(group, slicing, value);
                continue;
            }

            (counts[at] ??= []).Add(value);
            if (isEnded && slicing.Rules == "openAtEnd")
            {
                At(value, $"expected values of slice {group.Slices[at].SliceName} before all others, got one behind");
            }
            else if (slicing.IsOrdered && at < last)
            {
                At(
                    value,
                    $"expected slice {group.Slices[at].SliceName} before {group.Slices[last].SliceName}, got it "
                        + "behind");
            }

            last = Math.Max(last, at);
        }

        for (var at = 0; at < counts.Length; at++)
        {
            Slice(group.Slices[at], counts[at] ?? []);
        }
    }

    /// <summary>
    /// Which slice of a sliced element, or of a slice that is sliced again, a value is of; -1 for none.
    /// </summary>
    public int IndexOf(RuleNode group, Place value)
    {
        var slicing = group.Slicing ?? Unsliced;
        return group.Slices.FindIndex(slice => Matches(slicing, slice, value));
    }

    private void Slice(RuleNode slice, List<Place> values)
    {
        if (values.Count < slice.Min)
        {
            run.Error("required", $"expected {slice.Min} of {slice}, got {values.Count}");
        }
        else if (slice.Max is { } max && values.Count > max)
        {
            run.ErrorAt(slice.Name, -1, "structure", $"expected at most {max} of {slice}, got {values.Count}");
        }

        foreach (var value in values)
        {
            walk.Down(value);
            walk.Value(slice, value);
            run.Trail.Up();
        }

        if (slice.Slices.Count > 0)
        {
            Check(slice, values);
        }
    }

    private void Unmatched(RuleNode group, SlicingRule slicing, Place value)
    {
        if (slicing.Rules == "closed")
        {
            var names = string.Join(", ", group.Slices.Select(each => each.SliceName));
            At(value, $"expected a slice of {group} ({names}), got a value of none");
        }
    }

    private void At(Place value, string text)
    {
        walk.Down(value);
        run.Error("structure", text);
        run.Trail.Up();
    }

    private bool Matches(SlicingRule slicing, RuleNode slice, Place value)
    {
        if (slicing.Discriminators.IsEmpty)
        {
            // An element sliced by its types alone needs no discriminator; otherwise what conforms is meant.
            return run.Passes(() => walk.Value(slice, value));
        }

        if (!run.Spend())
        {
            return false;
        }

        // What a slice says nothing about does not tell it apart; something must.
        var isTold = false;
        foreach (var discriminator in slicing.Discriminators)
        {
            var expected = Expectation.Along(run.Catalog, slice, discriminator.Steps)
                .FindAll(each => each.Tells(discriminator.Type, run.Catalog));
            if (expected.Count == 0)
            {
                continue;
            }

            isTold = true;
            if (!Matches(discriminator, expected, value))
            {
                return false;
            }
        }

        return isTold;
    }

    private bool Matches(Discriminator discriminator, List<Expectation> expected, Place value)
    {
        var items = Items(discriminator, value);
        return discriminator.Type switch
        {
            "exists" => expected.Exists(each => each.Rule is { Max: 0 } ? items.Count == 0 : items.Count > 0),
            "type" => items.Exists(item => expected.Exists(each => each.AllowsType(item))),
            "profile" => items.Exists(item => expected.Exists(each => each.Conforms(run, item, value))),
            _ => items.Count == 0
                ? expected.Exists(each => each.Rule is { Max: 0 })
                : items.Exists(item => expected.Exists(each => each.Satisfies(run.Catalog, item))),
        };
    }

    private List<ElementItem> Items(Discriminator discriminator, Place value)
    {
        if (discriminator.Steps.IsEmpty)
        {
            return [value.Item];
        }

        if (discriminator.Expression is not { } expression)
        {
            return [];
        }

        try
        {
            return [.. expression.Evaluate(value.Item, run.Context).OfType<ElementItem>()];
        }
        catch (FhirPathException)
        {
            return [];
        }
    }
}
