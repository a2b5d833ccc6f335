using System.Collections.Frozen;
using System.Text;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>
/// Text as string searches compare it (R4, search, string): case, accents and runs of white space do not matter.
/// The runtime runs without culture data, so the accents of Latin scripts are taken off by a table.
/// </summary>
internal static class FoldedText
{
    private static readonly FrozenDictionary<char, string> Plain = Table();

    /// <summary>The folded text.</summary>
    public static string Of(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var each in text)
        {
            if (char.IsWhiteSpace(each))
            {
                if (folded.Length > 0 && folded[^1] != ' ')
                {
                    folded.Append(' ');
                }
            }
            else if (each is < '\u0300' or > '\u036f')
            {
                var lower = char.ToLowerInvariant(each);
                if (lower > '\u007f' && Plain.TryGetValue(lower, out var plain))
                {
                    folded.Append(plain);
                }
                else
                {
                    folded.Append(lower);
                }
            }
        }

        return folded.ToString().TrimEnd();
    }

    private static FrozenDictionary<char, string> Table()
    {
        ReadOnlySpan<string> groups =
        [
            "aàáâãäåāăąǎ", "cçćĉċč", "dďđð", "eèéêëēĕėęě", "gĝğġģ", "hĥħ", "iìíîïĩīĭįı", "jĵ", "kķ", "lĺļľŀł", "nñńņňŉ",
            "oòóôõöøōŏőǒ", "rŕŗř", "sśŝşšș", "tţťŧț", "uùúûüũūŭůűųǔ", "wŵ", "yýÿŷ", "zźżž",
        ];
        var table = new Dictionary<char, string> { ['ß'] = "ss", ['æ'] = "ae", ['œ'] = "oe", ['þ'] = "th" };
        foreach (var group in groups)
        {
            foreach (var accented in group.AsSpan(1))
            {
                table[accented] = group[..1];
            }
        }

        return table.ToFrozenDictionary();
    }
}
