using System.Globalization;

namespace FhirOrchestrator.Fhir.Path.Values;

/// <summary>
/// An amount and its unit: a UCUM code, or a calendar word in the singular. <c>1</c> is the unit of a bare number.
/// </summary>
internal readonly record struct Quantity(decimal Value, string Unit)
{
    public static Quantity Of(decimal value) => new(value, "1");

    /// <summary>
    /// The order of two amounts; null where their units do not convert into each other (FHIRPath N1, 6.1.1).
    /// </summary>
    public static int? Compare(Quantity left, Quantity right)
    {
        if (left.Unit == right.Unit)
        {
            return left.Value.CompareTo(right.Value);
        }

        return Measure.Of(left.Unit) is { } from && Measure.Of(right.Unit) is { } to && from.Dimension == to.Dimension
            && from.ToBase(left.Value) is { } first && to.ToBase(right.Value) is { } second
            ? CompareConverted(first, second)
            : null;
    }

    // Some factors do not end (5/9, 1/60): what differs only behind the 18th digit is the same amount.
    private static int CompareConverted(decimal first, decimal second)
    {
        if (Math.Sign(first) != Math.Sign(second))
        {
            return first.CompareTo(second);
        }

        var allowed = Math.Max(Math.Abs(first), Math.Abs(second)) * 1e-18m;
        return Math.Abs(first - second) <= allowed ? 0 : first.CompareTo(second);
    }

    /// <summary>
    /// Equivalence (N1, 6.1.3): calendar units count as UCUM's, values are rounded to the less precise one.
    /// </summary>
    public static bool AreEquivalent(Quantity left, Quantity right)
    {
        var first = left with { Unit = Measure.UcumOf(left.Unit) };
        var second = right with { Unit = Measure.UcumOf(right.Unit) };
        if (first.Unit != second.Unit)
        {
            if (Measure.Of(first.Unit) is not { } from || Measure.Of(second.Unit) is not { } to
                || from.Dimension != to.Dimension)
            {
                return false;
            }

            // Compared in the larger unit, where the given digits mean the least.
            var isFirstLarger = from.Factor >= to.Factor;
            var (whole, part) = isFirstLarger ? (to, second) : (from, first);
            var target = isFirstLarger ? from : to;
            if (whole.ToBase(part.Value) is not { } inBase || target.FromBase(inBase) is not { } converted)
            {
                return false;
            }

            return Decimals.AreEquivalent((isFirstLarger ? first : second).Value, converted);
        }

        return Decimals.AreEquivalent(first.Value, second.Value);
    }

    /// <summary>Sum in the left one's unit; null where the units do not convert.</summary>
    public static Quantity? Add(Quantity left, Quantity right)
    {
        if (left.Unit == right.Unit)
        {
            return left with { Value = left.Value + right.Value };
        }

        return Measure.Of(left.Unit) is { } to && Measure.Of(right.Unit) is { } from && from.Dimension == to.Dimension
            && from.ToBase(right.Value) is { } inBase && to.FromBase(inBase) is { } converted
            ? left with { Value = left.Value + converted }
            : null;
    }

    /// <summary>
    /// The amount in another unit, as <c>toQuantity(unit)</c> asks: a bare number takes the unit as its own. Between
    /// calendar words and UCUM's years and months it converts by the calendar's own factors first (FHIRPath 3.0, Unit
    /// conversions). Null where the units do not convert.
    /// </summary>
    public Quantity? ConvertedTo(string unit)
    {
        if (Unit == unit || Unit == "1")
        {
            return Measure.Of(unit) is null && Unit != unit ? null : new Quantity(Value, unit);
        }

        // What a year or month is in the unit system of the source, where it is not the target's.
        var isCalendar = CalendarUnits.FromWord(Unit) is not null;
        var crosses = isCalendar != (CalendarUnits.FromWord(unit) is not null)
            && (Measure.UcumOf(Unit) is "a" or "mo" || Measure.UcumOf(unit) is "a" or "mo");
        if (!crosses && Add(new Quantity(0, unit), this) is { } direct)
        {
            return direct;
        }

        return Measure.Days(Unit, isCalendar) is { } from && Measure.Days(unit, isCalendar) is { } to
            ? new Quantity(Value * from / to, unit)
            : null;
    }

    /// <summary>Product, in base units unless one factor has none; null where a unit is unknown.</summary>
    public static Quantity? Multiply(Quantity left, Quantity right)
    {
        if (left.Unit == "1" || right.Unit == "1")
        {
            return new Quantity(left.Value * right.Value, left.Unit == "1" ? right.Unit : left.Unit);
        }

        return Combine(left, right, 1);
    }

    /// <summary>Quotient; null on division by zero or where a unit is unknown.</summary>
    public static Quantity? Divide(Quantity left, Quantity right)
    {
        if (right.Value == 0)
        {
            return null;
        }

        if (right.Unit == "1" || left.Unit == right.Unit)
        {
            return new Quantity(left.Value / right.Value, right.Unit == "1" ? left.Unit : "1");
        }

        return Combine(left, right, -1);
    }

    /// <summary>The text that converts back: a calendar word stands plain, a UCUM code is quoted.</summary>
    public override string ToString()
    {
        var value = Value.ToString(CultureInfo.InvariantCulture);
        return CalendarUnits.FromWord(Unit) is null ? $"{value} '{Unit}'"
            : Value is 1 or -1 ? $"{value} {Unit}"
            : $"{value} {Unit}s";
    }

    /// <summary>Reads <c>5</c>, <c>5.5 'mg'</c> or <c>4 days</c>; null for anything else (N1, 5.5.7).</summary>
    public static Quantity? Read(string text)
    {
        var end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] is '+' or '-' or '.'))
        {
            end++;
        }

        if (Decimals.Read(text.AsSpan(0, end)) is not { } value)
        {
            return null;
        }

        var unit = text[end..].Trim();
        return unit switch
        {
            "" => Of(value),
            ['\'', .. { Length: > 0 } code, '\''] => new Quantity(value, code),
            _ => CalendarUnits.FromWord(unit) is { } word ? new Quantity(value, CalendarUnits.Word(word)) : null,
        };
    }

    private static Quantity? Combine(Quantity left, Quantity right, int sign)
    {
        if (Measure.Of(Measure.UcumOf(left.Unit)) is not { } first
            || Measure.Of(Measure.UcumOf(right.Unit)) is not { } second
            || first.ToBase(left.Value) is not { } leftValue || second.ToBase(right.Value) is not { } rightValue)
        {
            return null;
        }

        if (UnitProduct.Of(left.Unit, right.Unit, sign) is { } plain)
        {
            return new Quantity(sign > 0 ? left.Value * right.Value : left.Value / right.Value, plain);
        }

        var unit = first.Dimension.Times(second.Dimension, sign).ToString();
        return sign < 0 && rightValue == 0
            ? null
            : new Quantity(sign > 0 ? leftValue * rightValue : leftValue / rightValue, unit);
    }
}
