using System.Buffers;
using System.Globalization;
using System.Text;

namespace FhirOrchestrator.Fhir.Path.Values;

/// <summary>
/// The unit of a product or quotient in the units of its factors: <c>cm</c> times <c>cm</c> is <c>cm2</c>, <c>m/s</c>
/// times <c>s</c> is <c>m</c>.
/// </summary>
internal static class UnitProduct
{
    private static readonly SearchValues<char> Complicated = SearchValues.Create("()[]{}*^'");

    /// <summary>
    /// The unit; null where it has no such form: units of groups, annotations or numbers, and two units of one
    /// dimension, which must be converted first.
    /// </summary>
    public static string? Of(string left, string right, int sign)
    {
        var powers = new SortedDictionary<string, int>(StringComparer.Ordinal);
        if (!Collect(Measure.UcumOf(left), 1, powers) || !Collect(Measure.UcumOf(right), sign, powers))
        {
            return null;
        }

        var kept = powers.Where(each => each.Value != 0).ToList();
        var dimensions = new HashSet<Dimension>();
        foreach (var (atom, _) in kept)
        {
            if (Measure.Of(atom) is not { Offset: 0 } measure || !dimensions.Add(measure.Dimension))
            {
                return null;
            }
        }

        return Text(kept);
    }

    private static bool Collect(string unit, int sign, SortedDictionary<string, int> powers)
    {
        if (unit == "1")
        {
            return true;
        }

        var direction = sign;
        for (var at = 0; at < unit.Length;)
        {
            var end = at;
            while (end < unit.Length && unit[end] is not ('.' or '/'))
            {
                end++;
            }

            if (!Add(unit[at..end], direction, powers))
            {
                return false;
            }

            direction = end < unit.Length && unit[end] == '/' ? -sign : sign;
            at = end + 1;
        }

        return true;
    }

    private static bool Add(string factor, int direction, SortedDictionary<string, int> powers)
    {
        var atom = factor.TrimEnd("-+0123456789".ToCharArray());
        var power = factor[atom.Length..];
        if (atom.Length == 0 || atom.AsSpan().ContainsAny(Complicated)
            || !int.TryParse(
                power.Length == 0 ? "1" : power, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
                out var number))
        {
            return false;
        }

        powers[atom] = powers.GetValueOrDefault(atom) + (number * direction);
        return Math.Abs(number) <= 12;
    }

    private static string Text(List<KeyValuePair<string, int>> powers)
    {
        var text = new StringBuilder();
        foreach (var (atom, power) in powers.Where(each => each.Value > 0))
        {
            text.Append(text.Length == 0 ? "" : ".").Append(atom).Append(Written(power));
        }

        foreach (var (atom, power) in powers.Where(each => each.Value < 0))
        {
            text.Append('/').Append(atom).Append(Written(-power));
        }

        return text.Length == 0 ? "1" : text.ToString();
    }

    private static string Written(int power) => power == 1 ? "" : power.ToString(CultureInfo.InvariantCulture);
}
