namespace FhirOrchestrator.Settings;

/// <summary>Did you mean: the known word nearest to an unknown one.</summary>
internal static class Nearest
{
    /// <summary>
    /// The candidate with the fewest slips of the pen (a letter added, dropped, changed, or two swapped), letter case
    /// aside; null where none is near enough to be meant: more than a third of the letters differ.
    /// </summary>
    public static string? Find(string word, IEnumerable<string> candidates)
    {
        string? best = null;
        var slipsLeast = (word.Length / 3) + 1;
        foreach (var candidate in candidates)
        {
            var slips = Slips(word.ToUpperInvariant(), candidate.ToUpperInvariant());
            if (slips <= slipsLeast && (best is null || slips < slipsLeast))
            {
                best = candidate;
                slipsLeast = slips;
            }
        }

        return best;
    }

    /// <summary>Optimal string alignment distance, in three rows.</summary>
    private static int Slips(string from, string to)
    {
        var older = new int[to.Length + 1];
        var previous = Enumerable.Range(0, to.Length + 1).ToArray();
        var current = new int[to.Length + 1];
        for (var i = 1; i <= from.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var change = previous[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                current[j] = Math.Min(change, Math.Min(previous[j], current[j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    current[j] = Math.Min(current[j], older[j - 2] + 1);
                }
            }

            (older, previous, current) = (previous, current, older);
        }

        return previous[to.Length];
    }
}
