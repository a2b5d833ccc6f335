using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using FhirOrchestrator.Facts;

namespace FhirOrchestrator.Settings;

/// <summary>Reads the section <c>Ehrs</c>.</summary>
internal static class EhrSectionReader
{
    private const int NameLengthMax = 64;

    private static readonly SearchValues<char> NameLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>What may be written, by its word in the settings.</summary>
    private static readonly ImmutableArray<string> WriteWords = ["off", "task", "communication", "all"];

    private static readonly ImmutableArray<string> AuthKinds = ["none", "bearer", "basic"];

    /// <summary>Ways to authenticate that people will try, and that a later issue brings.</summary>
    private static readonly ImmutableArray<string> AuthKindsLater =
        ["smart", "smart-backend", "backend-services", "oauth2", "client-credentials", "private-key-jwt", "mtls"];

    /// <summary>All EHRs that could be read; what could not is noted in <paramref name="values"/>.</summary>
    public static ImmutableArray<EhrSettings> ReadAll(
        IConfigurationRoot configuration, ValueReader values, SettingsSurroundings surroundings)
    {
        var ehrs = ImmutableArray.CreateBuilder<EhrSettings>();
        var keyOfName = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var number in Numbers(configuration))
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"Ehrs:{number}");
            var ehr = Read(key, values, surroundings);
            if (ehr is null)
            {
                continue;
            }

            if (!keyOfName.TryAdd(ehr.Name.Value, key))
            {
                values.RefuseWords(
                    $"{key}:Name",
                    $"expected a name of its own, got \"{ehr.Name}\", which {keyOfName[ehr.Name.Value]} has already");
            }

            ehrs.Add(ehr);
        }

        return ehrs.ToImmutable();
    }

    private static IEnumerable<int> Numbers(IConfigurationRoot configuration) => configuration.GetSection("Ehrs")
        .GetChildren()
        .Where(child => child.GetChildren().Any())
        .Select(child => NumberOf(child.Key))
        .Where(number => number >= 0)
        .Order();

    private static int NumberOf(string key) =>
        int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

    private static EhrSettings? Read(string key, ValueReader values, SettingsSurroundings surroundings)
    {
        var name = ReadName($"{key}:Name", values);
        var baseUrl = ReadBaseUrl($"{key}:BaseUrl", values);
        var kinds = string.Join(", ", surroundings.Kinds);
        var kind = values.Required($"{key}:Kind", $"one of {kinds}") is { } kindText
            ? values.Choice($"{key}:Kind", kindText, surroundings.Kinds)
            : null;
        var writes = ReadWrites($"{key}:Writes", values);
        var since = ReadSince($"{key}:Since", values, surroundings.Now);
        var auth = ReadAuth($"{key}:Auth", values);
        return name is null || baseUrl is null || kind is null
            ? null
            : new EhrSettings
            {
                Name = new EhrId(name), BaseUrl = baseUrl, Kind = kind, Writes = writes, Since = since, Auth = auth,
            };
    }

    private static string? ReadName(string key, ValueReader values)
    {
        var expected = $"a name of at most {NameLengthMax} letters, digits and hyphens";
        var name = values.Required(key, expected);
        if (name is null)
        {
            return null;
        }

        if (name.Length > NameLengthMax || name.AsSpan().ContainsAnyExcept(NameLetters) || name[0] == '-')
        {
            values.Refuse(key, expected, name);
            return null;
        }

        // Chains of the built-in hospital carry this name; a real patient's must never meet them.
        if (string.Equals(name, EhrId.Sandbox.Value, StringComparison.OrdinalIgnoreCase))
        {
            values.Refuse(key, "another name than that of the built-in hospital", name);
            return null;
        }

        return name;
    }

    private static Uri? ReadBaseUrl(string key, ValueReader values)
    {
        var text = values.Required(key, WebAddress.Expected);
        if (text is null)
        {
            return null;
        }

        var url = WebAddress.Read(text);
        if (url is null)
        {
            values.RefuseWords(key, $"expected {WebAddress.Expected}, got {WebAddress.Show(text)}");
        }

        return url;
    }

    /// <summary>
    /// Off unless somebody said otherwise, whatever the kind: a real chart is never written by omission.
    /// </summary>
    private static WriteScope ReadWrites(string key, ValueReader values)
    {
        var word = values.Text(key) is { } text ? values.Choice(key, text, WriteWords) : "off";
        return word switch
        {
            null or "off" => WriteScope.Off,
            "task" => WriteScope.Task,
            "communication" => WriteScope.Communication,
            "all" => WriteScope.All,
            _ => throw new UnreachableException(),
        };
    }

    private static DateTimeOffset? ReadSince(string key, ValueReader values, DateTimeOffset now)
    {
        const string expected = "a past instant with its zone, such as 2026-11-01T00:00:00Z";
        var text = values.Text(key);
        if (text is null)
        {
            return null;
        }

        ReadOnlySpan<string> formats =
            ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
        var hasZone = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');
        if (hasZone
            && DateTimeOffset.TryParseExact(
                text, [.. formats], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var since)
            && since <= now)
        {
            return since.ToUniversalTime();
        }

        values.Refuse(key, expected, text);
        return null;
    }

    private static EhrAuth ReadAuth(string key, ValueReader values)
    {
        var kindKey = $"{key}:Kind";
        var text = values.Text(kindKey);
        if (text is not null && AuthKindsLater.Contains(text, StringComparer.OrdinalIgnoreCase))
        {
            values.RefuseWords(
                kindKey,
                $"expected one of {string.Join(", ", AuthKinds)}, got \"{text}\", which comes with a later issue");
            return new EhrAuth.None();
        }

        var kind = text is null ? "none" : values.Choice(kindKey, text, AuthKinds);
        switch (kind)
        {
            case null:
                return new EhrAuth.None();
            case "none":
                RefuseBeside(key, values, "none", "Token", "User", "Password");
                return new EhrAuth.None();
            case "bearer":
                RefuseBeside(key, values, "bearer", "User", "Password");
                return new EhrAuth.Bearer(ReadSecret($"{key}:Token", values, "the token that the EHR gave"));
            case "basic":
                RefuseBeside(key, values, "basic", "Token");
                return new EhrAuth.Basic(
                    ReadUser($"{key}:User", values), ReadSecret($"{key}:Password", values, "the user's password"));
            default:
                throw new UnreachableException();
        }
    }

    private static void RefuseBeside(string key, ValueReader values, string kind, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (values.Text($"{key}:{name}") is not null)
            {
                values.RefuseWords(
                    $"{key}:{name}", $"expected no {name} where {key}:Kind is {kind}, got one (not shown)");
            }
        }
    }

    /// <summary>A colon would end the name too early (RFC 7617, section 2).</summary>
    private static string ReadUser(string key, ValueReader values)
    {
        const string expected = "the user's name, without a colon";
        var user = values.Required(key, expected);
        if (user is not null && user.AsSpan().ContainsAny(':', '\r', '\n'))
        {
            values.Refuse(key, expected, user);
        }

        return user ?? "";
    }

    private static string ReadSecret(string key, ValueReader values, string expected)
    {
        var secret = values.Required(key, expected);
        if (secret is not null && secret.AsSpan().ContainsAny('\r', '\n'))
        {
            values.RefuseWords(key, $"expected {expected} on one line, got several lines (not shown)");
        }

        return secret ?? "";
    }
}
