namespace FhirOrchestrator.Tests.Fhir.Search;

/// <summary>Breaks and crosses search strings.</summary>
internal static class MutatedSearches
{
    private const string Characters = "&=:.,|$\\%+?*-_/\"'<>{}[]()#;@!~ \0\u00e9\ud83d0129azAZ";

    private static readonly string[] Pieces =
    [
        "_has:", "_include=", "_revinclude=", ":iterate", "_sort=-", "_elements=", "_summary=", "_type=", "_count=",
        ":missing", ":not", ":text", ":of-type", ":in", ":above", ":below", ":identifier", ":exact", ":contains",
        "Patient", "Observation", "subject", "code-value-quantity", "$", "ap", "ge", "9999-12-31T23:59:59.999+14:00",
        "79228162514264337593543950335", "1e28", "-1e-28", "%00", "%", "%ff", "%F0%9F%98%80", "a,b,c", "||", "\\,",
    ];

    /// <summary>The text with some pieces put in, taken out, or crossed with another's.</summary>
    public static string Mutate(string text, string other, Random random)
    {
        for (var times = random.Next(4); times >= 0; times--)
        {
            var at = random.Next(text.Length + 1);
            var end = random.Next(at, text.Length + 1);
            text = random.Next(6) switch
            {
                0 => text.Insert(at, Characters[random.Next(Characters.Length)].ToString()),
                1 => text.Insert(at, Pieces[random.Next(Pieces.Length)]),
                2 => text[..at] + text[end..],
                3 => $"{text}&{other}",
                4 => text[..at] + other[random.Next(other.Length + 1)..],
                _ => text,
            };
        }

        return text;
    }
}
