namespace FhirOrchestrator.Fhir;

/// <summary>Did-you-mean: the candidate with the smallest edit distance to a name that nobody knows.</summary>
internal static class Nearest
{
    // Longer names than this are cut: they only come from mistakes, and the table is quadratic.
    private const int LengthMax = 200;

    /// <summary>
    /// The nearest candidate, null where none is near: at most a third of the name's length away, and at least two
    /// letters, so that a short name may have one wrong letter and one missing.
    /// </summary>
    public static string? Of(string name, IEnumerable<string> candidates)
    {
        string? best = null;
        var bestDistance = Math.Max(2, name.Length / 3) + 1;
        foreach (var candidate in candidates.Order(StringComparer.Ordinal))
        {
            var distance = Distance(name, candidate);
            if (distance < bestDistance)
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return best;
    }

    /// <summary>
    /// Edits between two names: insert, delete, replace, or swap two neighbours; the same but for case is no edit.
    /// </summary>
    private static int Distance(string left, string right)
    {
        left = left[..Math.Min(left.Length, LengthMax)];
        right = right[..Math.Min(right.Length, LengthMax)];
        if (string.Equals(left, right, StringComparison.OrdinalIgnoreCase))
        {
            return 0;
        }

        var rows = new int[left.Length + 1, right.Length + 1];
        for (var row = 0; row <= left.Length; row++)
        {
            for (var column = 0; column <= right.Length; column++)
            {
                rows[row, column] = row == 0 ? column : column == 0 ? row : Cheapest(rows, left, right, row, column);
            }
        }

        return rows[left.Length, right.Length];
    }

    private static int Cheapest(int[,] rows, string left, string right, int row, int column)
    {
        var same = left[row - 1] == right[column - 1];
        var cheapest = Math.Min(
            Math.Min(rows[row - 1, column], rows[row, column - 1]) + 1,
            rows[row - 1, column - 1] + (same ? 0 : 1));
        var isSwap = row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1];
        return isSwap ? Math.Min(cheapest, rows[row - 2, column - 2] + 1) : cheapest;
    }
}
