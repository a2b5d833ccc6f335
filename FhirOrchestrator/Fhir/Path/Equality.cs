using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path.Values;

namespace FhirOrchestrator.Fhir.Path;

/// <summary>Equality, equivalence, order and sets of items (FHIRPath N1, 6.1 and 6.2).</summary>
internal static class Equality
{
    // Below this many items a plain search is faster than hashing.
    private const int PlainSearchMax = 8;

    /// <summary><c>=</c>: null where either is empty or an order of precision leaves it open.</summary>
    public static bool? AreEqual(Sequence left, Sequence right, Evaluation run)
    {
        if (left.IsEmpty || right.IsEmpty)
        {
            return null;
        }

        if (left.Count != right.Count)
        {
            return false;
        }

        bool? equal = true;
        for (var at = 0; at < left.Count; at++)
        {
            var each = AreEqual(left[at], right[at], run);
            if (each == false)
            {
                return false;
            }

            equal &= each;
        }

        return equal;
    }

    /// <summary><c>=</c> of two items.</summary>
    public static bool? AreEqual(PathItem left, PathItem right, Evaluation run)
    {
        run.Step(-1);
        if (ReferenceEquals(left, right))
        {
            return true;
        }

        return (left.Value, right.Value) switch
        {
            (null, null) => left.Node is not null && ReferenceEquals(left.Node, right.Node)
                ? true
                : AreSame(left.Node, right.Node, run)
                    && AreSame((left as ElementItem)?.Twin, (right as ElementItem)?.Twin, run),
            (null, _) or (_, null) => IsUnknown(left) || IsUnknown(right) ? null : false,
            (StringItem a, StringItem b) => string.Equals(a.Text, b.Text, StringComparison.Ordinal),
            (BooleanItem a, BooleanItem b) => a.IsTrue == b.IsTrue,
            (IntegerItem a, IntegerItem b) => a.Number == b.Number,
            (TemporalItem a, TemporalItem b) => AreOneKind(a, b)
                ? Temporal.Compare(a.Moment, b.Moment, run.Clock) is { } order ? order == 0 : null
                : false,
            ({ } a, { } b) when NumberOf(a) is { } first && NumberOf(b) is { } second => first == second,
            ({ } a, { } b) when QuantityOf(a) is { } first && QuantityOf(b) is { } second =>
                Quantity.Compare(first, second) is { } order ? order == 0 : null,
            _ => false,
        };
    }

    /// <summary>
    /// <c>~</c>: any order, text without case and kind of blank, decimals to the less precise places.
    /// </summary>
    public static bool AreEquivalent(Sequence left, Sequence right, Evaluation run)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        var taken = new bool[right.Count];
        foreach (var each in left)
        {
            var match = -1;
            for (var at = 0; at < right.Count && match < 0; at++)
            {
                match = !taken[at] && AreEquivalent(each, right[at], run) ? at : -1;
            }

            if (match < 0)
            {
                return false;
            }

            taken[match] = true;
        }

        return true;
    }

    /// <summary>True where a collection has an equal item.</summary>
    public static bool Contains(Sequence items, PathItem item, Evaluation run)
    {
        for (var at = 0; at < items.Count; at++)
        {
            if (AreEqual(items[at], item, run) == true)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The items without repetitions, the first of equals kept.</summary>
    public static Sequence Distinct(Sequence items, Evaluation run)
    {
        if (items.Count < 2)
        {
            return items;
        }

        var kept = new SequenceBuilder(run);
        var seen = new ItemSet(run, items.Count);
        for (var at = 0; at < items.Count; at++)
        {
            if (seen.Add(items[at]))
            {
                kept.Add(items[at]);
            }
        }

        return kept.Count == items.Count ? items : kept.Build();
    }

    /// <summary>
    /// The order of two items; null where precision or units leave it open. False where the types have no common order.
    /// </summary>
    public static bool TryCompare(PathItem left, PathItem right, Evaluation run, out int? order)
    {
        order = null;
        switch (left.Value, right.Value)
        {
            case (StringItem a, StringItem b):
                order = string.CompareOrdinal(a.Text, b.Text);
                return true;
            case (IntegerItem a, IntegerItem b):
                order = a.Number.CompareTo(b.Number);
                return true;
            case (TemporalItem a, TemporalItem b) when AreOneKind(a, b):
                order = Temporal.Compare(a.Moment, b.Moment, run.Clock);
                return true;
            case (null, _) or (_, null):
                return (left.Value is not null || IsUnknown(left)) && (right.Value is not null || IsUnknown(right));
            case ({ } a, { } b) when NumberOf(a) is { } first && NumberOf(b) is { } second:
                order = first.CompareTo(second);
                return true;
            case ({ } a, { } b) when QuantityOf(a) is { } first && QuantityOf(b) is { } second:
                order = Quantity.Compare(first, second);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The number of an Integer or Decimal.</summary>
    public static decimal? NumberOf(PathItem value) => value switch
    {
        IntegerItem whole => whole.Number,
        DecimalItem number => number.Number,
        _ => null,
    };

    /// <summary>The amount of a Quantity, or of a number with the unit 1.</summary>
    public static Quantity? QuantityOf(PathItem value) => value is QuantityItem amount
        ? amount.Quantity
        : NumberOf(value) is { } number ? Quantity.Of(number) : null;

    private static bool IsUnknown(PathItem item) => item is ElementItem { IsUnknown: true };

    private static bool AreOneKind(TemporalItem a, TemporalItem b) =>
        a.Moment.Kind == TemporalKind.Time == (b.Moment.Kind == TemporalKind.Time);

    private static bool AreEquivalent(PathItem left, PathItem right, Evaluation run)
    {
        run.Step(-1);
        return (left.Value, right.Value) switch
        {
            (null, null) => AreEqual(left, right, run) == true,
            (null, _) or (_, null) => false,
            (StringItem a, StringItem b) => AreEquivalent(a.Text, b.Text),
            ({ } a, { } b) when NumberOf(a) is { } first && NumberOf(b) is { } second =>
                Decimals.AreEquivalent(first, second),
            ({ } a, { } b) when QuantityOf(a) is { } first && QuantityOf(b) is { } second =>
                Quantity.AreEquivalent(first, second),
            _ => AreEqual(left, right, run) == true,
        };
    }

    // White space is one as good as another; runs of it are not drawn together (FHIRPath 3.0, String equivalence).
    private static bool AreEquivalent(string left, string right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (var at = 0; at < left.Length; at++)
        {
            if (left[at] != right[at] && char.ToUpperInvariant(left[at]) != char.ToUpperInvariant(right[at])
                && !(char.IsWhiteSpace(left[at]) && char.IsWhiteSpace(right[at])))
            {
                return false;
            }
        }

        return true;
    }

    // Deep equality of JSON: members in any order, numbers by value.
    private static bool AreSame(Node? left, Node? right, Evaluation run)
    {
        run.Step(-1);
        if (ReferenceEquals(left, right))
        {
            return true;
        }

        switch (left, right)
        {
            case (TextNode a, TextNode b):
                return string.Equals(a.Value, b.Value, StringComparison.Ordinal);
            case (NumberNode a, NumberNode b):
                return a.Text == b.Text
                    || (Decimals.ReadJson(a.Text) is { } first && Decimals.ReadJson(b.Text) == first);
            case (BooleanNode a, BooleanNode b):
                return a.Value == b.Value;
            case (ArrayNode a, ArrayNode b) when a.Items.Length == b.Items.Length:
                for (var at = 0; at < a.Items.Length; at++)
                {
                    if (!AreSame(a.Items[at], b.Items[at], run))
                    {
                        return false;
                    }
                }

                return true;
            case (ObjectNode a, ObjectNode b) when a.Members.Length == b.Members.Length:
                foreach (var member in a.Members)
                {
                    if (b[member.Name] is not { } other || !AreSame(member.Value, other, run))
                    {
                        return false;
                    }
                }

                return true;
            default:
                return false;
        }
    }

    /// <summary>A set of items by equality. Small ones are searched, larger ones hashed.</summary>
    internal readonly struct ItemSet(Evaluation run, int expected)
    {
        private readonly List<PathItem> _few = new(Math.Min(expected, PlainSearchMax));
        private readonly HashSet<PathItem>? _many = expected > PlainSearchMax ? new(new ByEquality(run)) : null;

        /// <summary>True where no equal item was there.</summary>
        public bool Add(PathItem item)
        {
            if (_many is not null)
            {
                return _many.Add(item);
            }

            foreach (var each in _few)
            {
                if (AreEqual(each, item, run) == true)
                {
                    return false;
                }
            }

            _few.Add(item);
            return true;
        }

        /// <summary>True where an equal item is there.</summary>
        public bool Has(PathItem item)
        {
            if (_many is not null)
            {
                return _many.Contains(item);
            }

            foreach (var each in _few)
            {
                if (AreEqual(each, item, run) == true)
                {
                    return true;
                }
            }

            return false;
        }
    }

    private sealed class ByEquality(Evaluation run) : IEqualityComparer<PathItem>
    {
        public bool Equals(PathItem? left, PathItem? right) =>
            left is not null && right is not null && AreEqual(left, right, run) == true;

        // Items that may be equal share a code; of units, zones and JSON only what never differs between equals counts.
        public int GetHashCode(PathItem item) => item.Value switch
        {
            StringItem text => StringComparer.Ordinal.GetHashCode(text.Text),
            BooleanItem boolean => boolean.IsTrue ? 1 : 2,
            IntegerItem whole => ((decimal)whole.Number).GetHashCode(),
            DecimalItem number => number.Number.GetHashCode(),
            TemporalItem { Moment.Kind: TemporalKind.Time } => 3,
            TemporalItem => 4,
            QuantityItem => 5,
            null => Shape(item.Node),
            _ => 6,
        };

        private static int Shape(Node? node)
        {
            if (node is not ObjectNode content)
            {
                return 7;
            }

            var code = content.Members.Length;
            foreach (var member in content.Members)
            {
                // Added up: the order of members does not matter.
                code += StringComparer.Ordinal.GetHashCode(member.Name);
                code += member.Value is TextNode text ? StringComparer.Ordinal.GetHashCode(text.Value) : 0;
            }

            return code;
        }
    }
}
