namespace FhirOrchestrator.Fhir.Search;

/// <summary>Finds what somebody probably meant, for messages.</summary>
internal static class Nearest
{
    private const int LengthMax = 64;

    /// <summary>
    /// The known word with the fewest edits, null where more than a third of the word would have to change.
    /// </summary>
    public static string? Of(string word, IEnumerable<string> known)
    {
        if (word.Length > LengthMax)
        {
            return null;
        }

        var (best, bestEdits) = ((string?)null, Math.Max(1, word.Length / 3) + 1);
        foreach (var each in known)
        {
            var edits = Edits(word, each);
            if (edits < bestEdits || (edits == bestEdits && string.CompareOrdinal(each, best) < 0 && best is not null))
            {
                (best, bestEdits) = (each, edits);
            }
        }

        return best;
    }

    // Levenshtein, case ignored.
    private static int Edits(string left, string right)
    {
        var above = new int[right.Length + 1];
        for (var at = 0; at <= right.Length; at++)
        {
            above[at] = at;
        }

        for (var row = 1; row <= left.Length; row++)
        {
            var diagonal = above[0];
            above[0] = row;
            for (var column = 1; column <= right.Length; column++)
            {
                var isSame = char.ToLowerInvariant(left[row - 1]) == char.ToLowerInvariant(right[column - 1]);
                var edits = Math.Min(Math.Min(above[column], above[column - 1]) + 1, diagonal + (isSame ? 0 : 1));
                (diagonal, above[column]) = (above[column], edits);
            }
        }

        return above[right.Length];
    }
}
