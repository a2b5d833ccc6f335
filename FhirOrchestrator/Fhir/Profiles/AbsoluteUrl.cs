namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>URLs that stand for themselves: a scheme, a colon and something behind it (RFC 3986, 4.3).</summary>
internal static class AbsoluteUrl
{
    public static bool Is(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || colon == text.Length - 1 || !char.IsAsciiLetter(text[0]))
        {
            return false;
        }

        foreach (var each in text.AsSpan(1, colon - 1))
        {
            if (!char.IsAsciiLetterOrDigit(each) && each is not ('+' or '-' or '.'))
            {
                return false;
            }
        }

        return true;
    }
}
