using System.Collections.Concurrent;

namespace FhirOrchestrator.Fhir.Definitions.Terms;

/// <summary>
/// Code systems and value sets that are held here, and what is in them. What is not held here is not guessed: the
/// answer is then neither yes nor no.
/// </summary>
internal sealed class Terminology
{
    private const string Languages = "urn:ietf:bcp:47";

    // Value sets may name each other, in a circle too.
    private const int NestingMax = 16;

    private readonly Func<string, CodeSystemDefinition?> _systems;
    private readonly Func<string, ValueSetDefinition?> _sets;
    private readonly ConcurrentDictionary<string, CodeSystemDefinition> _knownSystems = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ValueSetDefinition> _knownSets = new(StringComparer.Ordinal);

    internal Terminology(Func<string, CodeSystemDefinition?> systems, Func<string, ValueSetDefinition?> sets) =>
        (_systems, _sets) = (systems, sets);

    /// <summary>What the definitions of FHIR 4.0.1 hold. The first use reads the embedded file.</summary>
    public static Terminology R4 { get; } = TermDigest.Open();

    /// <summary>A code system by its canonical URL, with or without a version; null where it is not here.</summary>
    public CodeSystemDefinition? CodeSystem(string canonical) => Find(canonical, _knownSystems, _systems);

    /// <summary>A value set by its canonical URL, with or without a version; null where it is not held here.</summary>
    public ValueSetDefinition? ValueSet(string canonical) => Find(canonical, _knownSets, _sets);

    /// <summary>
    /// Whether a value set has a code. Null where that cannot be told: the value set or the code's system is not held
    /// here, or is held only in part. Without a system any of the value set's systems will do.
    /// </summary>
    public bool? Has(string valueSet, string? system, string code) => Has(valueSet, system, code, NestingMax);

    /// <summary>The codes of a value set by system; null where not all of them are known here.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Expand(string valueSet) => Expand(valueSet, NestingMax);

    /// <summary>
    /// Whether a code is another one of the same system, or stands above it. Null where that cannot be told: the system
    /// is not held here, or not as a whole, or the codes are none of it.
    /// </summary>
    public bool? Subsumes(string system, string code, string other)
    {
        var known = CodeSystem(system);
        if ((known?.Comparer ?? StringComparer.Ordinal).Equals(code, other))
        {
            return true;
        }

        if (known?.Find(code) is null || known.Find(other) is null)
        {
            return null;
        }

        return known.IsSubsuming && known.From(code).Contains(other) ? true : known.IsComplete ? false : null;
    }

    private bool? Has(string valueSet, string? system, string code, int nesting)
    {
        if (nesting == 0 || ValueSet(valueSet) is not { } set)
        {
            return null;
        }

        var isIn = Any(set.Includes, system, code, nesting);
        return isIn == false || set.Excludes.IsEmpty ? isIn : And(isIn, Not(Any(set.Excludes, system, code, nesting)));
    }

    private bool? Any(ImmutableArray<ValueSetRule> rules, string? system, string code, int nesting)
    {
        bool? found = false;
        foreach (var rule in rules)
        {
            var passes = Passes(rule, system, code, nesting);
            if (passes == true)
            {
                return true;
            }

            found = passes is null ? null : found;
        }

        return found;
    }

    private bool? Passes(ValueSetRule rule, string? system, string code, int nesting)
    {
        if (rule.System is not null && system is not null
            && !string.Equals(rule.System, system, StringComparison.Ordinal))
        {
            return false;
        }

        var passes = rule.System is null ? true : OfSystem(rule, code);
        foreach (var set in rule.ValueSets)
        {
            passes = passes == false ? false : And(passes, Has(set, system ?? rule.System, code, nesting - 1));
        }

        return rule.System is null && rule.ValueSets.IsEmpty ? null : passes;
    }

    // The registry of languages is not held here, but the form of its tags is known (RFC 5646, 2.1).
    private static bool IsLanguageTag(string code)
    {
        var tags = code.Split('-');
        return char.IsAsciiLetter(tags[0].FirstOrDefault())
            && tags.All(tag => tag.Length is >= 1 and <= 8 && tag.All(char.IsAsciiLetterOrDigit));
    }

    private bool? OfSystem(ValueSetRule rule, string code)
    {
        var system = CodeSystem(rule.System ?? "");
        if (!rule.Codes.IsEmpty)
        {
            return rule.Listed.Contains(code)
                || (system is not null && system.Comparer != StringComparer.Ordinal
                    && rule.Codes.Contains(code, system.Comparer));
        }

        if (rule.System == Languages && !IsLanguageTag(code))
        {
            return false;
        }

        if (rule.Filters.IsEmpty)
        {
            return system?.Has(code);
        }

        bool? passes = true;
        foreach (var filter in rule.Filters)
        {
            passes = And(passes, CodeFilters.Passes(filter, system, code));
        }

        return passes;
    }

    private Dictionary<string, IReadOnlyList<string>>? Expand(string valueSet, int nesting)
    {
        if (nesting == 0 || ValueSet(valueSet) is not { } set)
        {
            return null;
        }

        var found = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var rule in set.Includes)
        {
            if (Candidates(rule, nesting) is not { } candidates)
            {
                return null;
            }

            foreach (var (system, codes) in candidates)
            {
                if (codes.Any(code => Has(valueSet, system, code) is null))
                {
                    return null;
                }

                var kept = codes.Where(code => Has(valueSet, system, code) == true);
                found[system] = [.. found.GetValueOrDefault(system, []).Union(kept)];
            }
        }

        return found;
    }

    private Dictionary<string, IReadOnlyList<string>>? Candidates(ValueSetRule rule, int nesting)
    {
        if (rule.System is null)
        {
            return rule.ValueSets.IsEmpty ? null : Expand(rule.ValueSets[0], nesting - 1);
        }

        IReadOnlyList<string>? codes = rule.Codes;
        if (rule.Codes.IsEmpty)
        {
            codes = CodeSystem(rule.System) is { IsComplete: true } system ? system.Codes : null;
        }

        return codes is null ? null : new(StringComparer.Ordinal) { [rule.System] = codes };
    }

    // What is not held here is not remembered either: anybody may ask for anything.
    private static T? Find<T>(string canonical, ConcurrentDictionary<string, T> known, Func<string, T?> read)
        where T : class
    {
        if (known.TryGetValue(canonical, out var found))
        {
            return found;
        }

        return read(canonical) is { } value ? known.GetOrAdd(canonical, value) : null;
    }

    private static bool? Not(bool? value) => !value;

    private static bool? And(bool? left, bool? right) => left & right;
}
