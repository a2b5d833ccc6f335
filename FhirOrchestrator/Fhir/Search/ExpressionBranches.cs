namespace FhirOrchestrator.Fhir.Search;

/// <summary>
/// Many definitions share one expression among types (<c>AllergyIntolerance.code | Condition.code | …</c>). Only the
/// branches of one type can give anything for a resource of it.
/// </summary>
internal static class ExpressionBranches
{
    /// <summary>The expression's branches for a type; the whole expression where none names a type.</summary>
    public static string Of(string expression, string type)
    {
        var kept = Split(expression).Where(branch => StartsWith(branch, type)).ToList();
        return kept.Count == 0 ? expression : string.Join(" | ", kept);
    }

    /// <summary>The branches of a union.</summary>
    public static List<string> Split(string expression)
    {
        var branches = new List<string>();
        var (depth, inText, start) = (0, false, 0);
        for (var at = 0; at < expression.Length; at++)
        {
            var each = expression[at];
            inText ^= each == '\'';
            depth += inText ? 0 : each == '(' ? 1 : each == ')' ? -1 : 0;
            if (each == '|' && depth == 0 && !inText)
            {
                branches.Add(expression[start..at].Trim());
                start = at + 1;
            }
        }

        branches.Add(expression[start..].Trim());
        return branches;
    }

    private static bool StartsWith(string branch, string type)
    {
        var path = branch.AsSpan().TrimStart('(');
        var end = path.IndexOf('.');
        var root = end < 0 ? path : path[..end];
        return root.SequenceEqual(type) || root is "Resource" or "DomainResource";
    }
}
