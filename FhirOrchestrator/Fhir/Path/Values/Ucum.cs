using System.Collections.Frozen;

namespace FhirOrchestrator.Fhir.Path.Values;

/// <summary>
/// Reads UCUM units (case sensitive, <c>c/s</c>) over the atoms that medicine uses: terms with <c>.</c> and <c>/</c>,
/// prefixes, powers, numbers, annotations. An atom that is not in the table makes the unit unknown, never wrong.
/// </summary>
internal static class Ucum
{
    private const int LengthMax = 128;
    private const int DepthMax = 8;
    private const int PowerMax = 12;

    private static readonly FrozenDictionary<string, decimal> Prefixes = new Dictionary<string, decimal>
    {
        ["T"] = 1e12m, ["G"] = 1e9m, ["M"] = 1e6m, ["k"] = 1e3m, ["h"] = 1e2m, ["da"] = 10m, ["d"] = 0.1m,
        ["c"] = 0.01m, ["m"] = 1e-3m, ["u"] = 1e-6m, ["n"] = 1e-9m, ["p"] = 1e-12m, ["f"] = 1e-15m,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // Base units: m, s, g, rad, K, C, cd and mol (a dimension of its own here, as in laboratory use).
    private static readonly (string Atom, bool TakesPrefix, string Worth)[] Table =
    [
        ("L", true, "0.001 m3"), ("l", true, "0.001 m3"), ("t", true, "1000000 g"), ("N", true, "1000 g.m.s-2"),
        ("Pa", true, "1000 g.m-1.s-2"), ("J", true, "1000 g.m2.s-2"), ("W", true, "1000 g.m2.s-3"),
        ("A", true, "1 C.s-1"),
        ("V", true, "1000 g.m2.s-2.C-1"), ("Ohm", true, "1000 g.m2.s-1.C-2"), ("S", true, "0.001 g-1.m-2.s.C2"),
        ("F", true, "0.001 g-1.m-2.s2.C2"), ("Hz", true, "1 s-1"), ("bar", true, "100000000 g.m-1.s-2"),
        ("eq", true, "1 mol"), ("osm", true, "1 mol"), ("kat", true, "1 mol.s-1"), ("cal", true, "4184 g.m2.s-2"),
        ("[Cal]", false, "4184000 g.m2.s-2"), ("Bq", true, "1 s-1"), ("Gy", true, "1 m2.s-2"), ("Sv", true, "1 m2.s-2"),
        ("Ci", true, "37000000000 s-1"), ("lm", true, "1 cd.sr"), ("lx", true, "1 cd.sr.m-2"), ("sr", true, "1 sr"),
        ("m[Hg]", true, "133322387.415 g.m-1.s-2"), ("m[H2O]", true, "9806650 g.m-1.s-2"),
        ("min", false, "60 s"), ("h", false, "3600 s"), ("d", false, "86400 s"), ("wk", false, "604800 s"),
        ("mo", false, "2629800 s"), ("a", false, "31557600 s"), ("deg", false, "0.0174532925199432957692369077 rad"),
        ("%", false, "0.01 1"), ("[ppth]", false, "0.001 1"), ("[ppm]", false, "0.000001 1"),
        ("[ppb]", false, "0.000000001 1"),
        ("[lb_av]", false, "453.59237 g"), ("[oz_av]", false, "28.349523125 g"), ("[gr]", false, "0.06479891 g"),
        ("[stone_av]", false, "6350.29318 g"), ("[in_i]", false, "0.0254 m"), ("[ft_i]", false, "0.3048 m"),
        ("[yd_i]", false, "0.9144 m"), ("[mi_i]", false, "1609.344 m"), ("[in_us]", false, "0.0254000508001016 m"),
        ("[gal_us]", false, "0.003785411784 m3"), ("[qt_us]", false, "0.000946352946 m3"),
        ("[pt_us]", false, "0.000473176473 m3"), ("[foz_us]", false, "0.0000295735295625 m3"),
        ("[cup_us]", false, "0.0002365882365 m3"), ("[tbs_us]", false, "0.00001478676478125 m3"),
        ("[tsp_us]", false, "0.00000492892159375 m3"), ("[drp]", false, "0.00000005 m3"),
        ("U", true, "0.0000000166666666666666666667 mol.s-1"), ("u", true, "0.00000000000000000000000166 g"),
        ("[iU]", true, "1 [iU]"), ("[IU]", true, "1 [iU]"), ("[arb'U]", false, "1 [arb'U]"), ("[pH]", false, "1 [pH]"),
        ("[CFU]", false, "1 [CFU]"), ("[USP'U]", false, "1 [USP'U]"), ("B", true, "1 B"), ("bit", false, "1 bit"),
        ("By", true, "8 bit"), ("[CCID_50]", false, "1 [CCID_50]"), ("[TCID_50]", false, "1 [TCID_50]"),
        ("[Lf]", false, "1 [Lf]"), ("[PFU]", false, "1 [PFU]"), ("[diop]", false, "1 m-1"), ("[hpf]", false, "1 [hpf]"),
        ("[lpf]", false, "1 [lpf]"), ("[HPF]", false, "1 [hpf]"), ("[LPF]", false, "1 [lpf]"),
        ("dyn", true, "0.01 g.m.s-2"), ("erg", true, "0.0001 g.m2.s-2"), ("P", true, "100 g.m-1.s-1"),
        ("[psi]", false, "6894757.293168361 g.m-1.s-2"), ("[S]", false, "0.0000000000001 s"),
        ("[MET]", false, "0.0000000000583333333333333333 m3.g-1.s-1"),
        ("[beth'U]", false, "1 [beth'U]"), ("[anti'Xa'U]", false, "1 [anti'Xa'U]"), ("[APL'U]", false, "1 [APL'U]"),
        ("[GPL'U]", false, "1 [GPL'U]"), ("[MPL'U]", false, "1 [MPL'U]"), ("[D'ag'U]", false, "1 [D'ag'U]"),
        ("[ELU]", false, "1 [ELU]"), ("[EID_50]", false, "1 [EID_50]"), ("[FFU]", false, "1 [FFU]"),
        ("[AU]", false, "1 [AU]"), ("[BAU]", false, "1 [BAU]"), ("[bdsk'U]", false, "1 [bdsk'U]"),
    ];

    private static readonly FrozenDictionary<string, (Measure Measure, bool TakesPrefix)> Atoms = BuildAtoms();

    /// <summary>The worth of a unit, null where it is not understood.</summary>
    public static Measure? Read(string unit)
    {
        // Temperatures have a zero of their own and stand alone.
        switch (unit)
        {
            case "Cel":
                return new Measure(1, Dimension.Of("K"), 273.15m);
            case "[degF]":
                return new Measure(5m / 9m, Dimension.Of("K"), 459.67m);
            case { Length: 0 or > LengthMax }:
                return null;
        }

        var at = 0;
        try
        {
            // A factor too small for a decimal is zero, and would make all amounts equal.
            return ReadTerm(unit, ref at, 0) is { Factor: not 0 } measure && at == unit.Length ? measure : null;
        }
        catch (ArithmeticException)
        {
            return null;
        }
    }

    private static Measure? ReadTerm(string unit, ref int at, int depth)
    {
        if (depth > DepthMax)
        {
            return null;
        }

        var product = new Measure(1, Dimension.None);
        var sign = 1;
        if (at < unit.Length && unit[at] == '/')
        {
            sign = -1;
            at++;
        }

        while (true)
        {
            if (ReadComponent(unit, ref at, depth) is not { } component)
            {
                return null;
            }

            product = Times(product, component, sign);
            if (at >= unit.Length || unit[at] == ')')
            {
                return product;
            }

            if (unit[at] is not ('.' or '/'))
            {
                return null;
            }

            sign = unit[at++] == '/' ? -1 : 1;
        }
    }

    private static Measure? ReadComponent(string unit, ref int at, int depth)
    {
        Measure? measure = null;
        if (at < unit.Length && unit[at] == '(')
        {
            at++;
            measure = ReadTerm(unit, ref at, depth + 1);
            if (measure is null || at >= unit.Length || unit[at++] != ')')
            {
                return null;
            }
        }
        else if (at < unit.Length && unit[at] != '{')
        {
            measure = ReadSimple(unit, ref at);
            if (measure is null)
            {
                return null;
            }
        }

        // An annotation says what is counted and changes nothing.
        if (at < unit.Length && unit[at] == '{')
        {
            var close = unit.IndexOf('}', at);
            if (close < 0)
            {
                return null;
            }

            at = close + 1;
            measure ??= new Measure(1, Dimension.None);
        }

        return measure;
    }

    private static Measure? ReadSimple(string unit, ref int at)
    {
        var start = at;
        var depth = 0;
        while (at < unit.Length && (depth > 0 || unit[at] is not ('.' or '/' or '(' or ')' or '{' or '}')))
        {
            depth += unit[at] switch { '[' => 1, ']' => -1, _ => 0 };
            at++;
        }

        var text = unit.AsSpan(start, at - start);
        if (text.StartsWith("10*") || text.StartsWith("10^"))
        {
            return Power(text[3..]) is { } exponent ? new Measure(Raise(10, exponent), Dimension.None) : null;
        }

        if (!text.ContainsAnyExceptInRange('0', '9'))
        {
            return decimal.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number)
                && number != 0
                ? new Measure(number, Dimension.None)
                : null;
        }

        var end = text.Length;
        while (end > 0 && (char.IsAsciiDigit(text[end - 1]) || text[end - 1] is '+' or '-'))
        {
            end--;
        }

        if (Power(text[end..]) is not { } power || Atom(text[..end].ToString()) is not { } atom)
        {
            return null;
        }

        return new Measure(Raise(atom.Factor, power), Dimension.None.Times(atom.Dimension, power));
    }

    private static int? Power(ReadOnlySpan<char> text) => text.IsEmpty ? 1
        : int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var power)
            && Math.Abs(power) <= PowerMax
            ? power
            : null;

    private static Measure? Atom(string text)
    {
        if (Atoms.TryGetValue(text, out var atom))
        {
            return atom.Measure;
        }

        for (var length = 1; length <= 2 && length < text.Length; length++)
        {
            if (Prefixes.TryGetValue(text[..length], out var prefix)
                && Atoms.TryGetValue(text[length..], out var metric)
                && metric.TakesPrefix)
            {
                return metric.Measure with { Factor = metric.Measure.Factor * prefix };
            }
        }

        return null;
    }

    private static Measure Times(Measure left, Measure right, int sign) => new(
        sign > 0 ? left.Factor * right.Factor : left.Factor / right.Factor,
        left.Dimension.Times(right.Dimension, sign));

    private static decimal Raise(decimal factor, int power)
    {
        var raised = 1m;
        for (var count = Math.Abs(power); count > 0; count--)
        {
            raised *= factor;
        }

        return power < 0 ? 1 / raised : raised;
    }

    private static FrozenDictionary<string, (Measure Measure, bool TakesPrefix)> BuildAtoms()
    {
        var atoms = new Dictionary<string, (Measure Measure, bool TakesPrefix)>(StringComparer.Ordinal);
        foreach (var name in (string[])["m", "s", "g", "rad", "K", "C", "cd", "mol"])
        {
            atoms.Add(name, (new Measure(1, Dimension.Of(name)), true));
        }

        foreach (var (atom, takesPrefix, worth) in Table)
        {
            var space = worth.IndexOf(' ', StringComparison.Ordinal);
            var factor = decimal.Parse(worth.AsSpan(0, space), System.Globalization.CultureInfo.InvariantCulture);
            var dimension = Dimension.None;
            foreach (var part in worth[(space + 1)..].Split('.'))
            {
                var end = part.EndsWith("_50]", StringComparison.Ordinal)
                    ? part.Length
                    : part.TrimEnd("-0123456789".ToCharArray()).Length;
                if (end > 0)
                {
                    dimension = dimension.Times(Dimension.Of(part[..end]), Power(part.AsSpan(end)) ?? 1);
                }
            }

            atoms.Add(atom, (new Measure(factor, dimension), takesPrefix));
        }

        return atoms.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
