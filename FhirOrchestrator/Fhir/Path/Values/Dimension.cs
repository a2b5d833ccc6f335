using System.Globalization;
using System.Text;

namespace FhirOrchestrator.Fhir.Path.Values;

/// <summary>
/// What a unit measures: powers of base units, in the order of their names. Its text is itself a UCUM unit
/// (<c>g.m-1</c>), so that the product of two quantities has one.
/// </summary>
internal sealed record Dimension
{
    public static readonly Dimension None = new([]);

    private readonly ImmutableArray<(string Unit, int Power)> _powers;
    private readonly string _text;

    private Dimension(ImmutableArray<(string Unit, int Power)> powers)
    {
        _powers = powers;
        var text = new StringBuilder();
        foreach (var (unit, power) in powers)
        {
            text.Append(text.Length == 0 ? "" : ".").Append(unit);
            if (power != 1)
            {
                text.Append(CultureInfo.InvariantCulture, $"{power}");
            }
        }

        _text = text.Length == 0 ? "1" : text.ToString();
    }

    public static Dimension Of(string unit, int power = 1) => new([(unit, power)]);

    /// <summary>The product of this and another one, the other raised to a power.</summary>
    public Dimension Times(Dimension other, int power)
    {
        var sum = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var (unit, own) in _powers)
        {
            sum[unit] = own;
        }

        foreach (var (unit, own) in other._powers)
        {
            sum[unit] = sum.GetValueOrDefault(unit) + (own * power);
        }

        return new Dimension([.. sum.Where(each => each.Value != 0).Select(each => (each.Key, each.Value))]);
    }

    public bool Equals(Dimension? other) => string.Equals(_text, other?._text, StringComparison.Ordinal);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_text);

    public override string ToString() => _text;
}
