using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Plans;

/// <summary>
/// The local meaning of codes: the ValueSets of the folder <c>profiles/</c> and everything below it. Files with the
/// same <c>url</c> add up, so that a hospital puts its own codes into a file of its own (<c>profiles/local/…</c>).
/// </summary>
internal sealed class CodeLists
{
    /// <summary>The name under which a compiled package keeps the lists that it was compiled with.</summary>
    public const string KeptAs = "code-lists.json";

    /// <summary>The most codes in one list.</summary>
    public const int CodesMax = 1000;

    private readonly Dictionary<string, SortedSet<string>> lists = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<string>> ownCodes = new(StringComparer.Ordinal);

    /// <summary>The canonical URLs of the lists known.</summary>
    public IReadOnlyCollection<string> Known => lists.Keys;

    /// <summary>The codes of a list as <c>system|code</c>, in order; null where there is no such list.</summary>
    public IReadOnlyCollection<string>? Find(string url) => lists.GetValueOrDefault(url);

    /// <summary>The codes of a CodeSystem in <c>profiles/</c>; null where it is not there.</summary>
    public IReadOnlyCollection<string>? CodesOf(string system) => ownCodes.GetValueOrDefault(system);

    /// <summary>Reads all ValueSets and CodeSystems below a folder; other resources there are not looked at.</summary>
    public static CodeLists Load(string folder, ProblemList problems)
    {
        var all = new CodeLists();
        if (!Directory.Exists(folder))
        {
            problems.Add(folder, "", "expected the folder of profiles and local code lists, got none");
            return all;
        }

        foreach (var path in Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal))
        {
            var file = $"profiles/{Path.GetRelativePath(folder, path).Replace('\\', '/')}";
            var (resource, problem) = Resource.Read(File.ReadAllBytes(path));
            if (resource is null)
            {
                problems.Add(file, "", $"{problem?.Message} (byte {problem?.Offset})");
            }
            else if (resource.Type == "ValueSet")
            {
                all.AddList(resource.Root, file, problems);
            }
            else if (resource.Type == "CodeSystem")
            {
                all.AddSystem(resource.Root, file, problems);
            }
        }

        return all;
    }

    /// <summary>All that is known, as bytes to keep with a compiled package.</summary>
    public byte[] ToUtf8() => JsonText.Write(Node.Object(("lists", Write(lists)), ("systems", Write(ownCodes))));

    /// <summary>What <see cref="ToUtf8"/> gave.</summary>
    public static CodeLists FromUtf8(ReadOnlySpan<byte> utf8)
    {
        var all = new CodeLists();
        var root = JsonText.Read(utf8).Value as ObjectNode ?? ObjectNode.Empty;
        Read(root.Child("lists"), all.lists);
        Read(root.Child("systems"), all.ownCodes);
        return all;
    }

    private static ObjectNode Write(Dictionary<string, SortedSet<string>> all) => new(
    [
        .. all.OrderBy(each => each.Key, StringComparer.Ordinal).Select(each => new Member(
            each.Key, new ArrayNode([.. each.Value.Select(code => new TextNode(code))]))),
    ]);

    private static void Read(ObjectNode? from, Dictionary<string, SortedSet<string>> into)
    {
        foreach (var (key, codes) in from?.Members ?? [])
        {
            var read = codes.AsItems.Select(code => code.AsText).OfType<string>();
            into[key] = new SortedSet<string>(read, StringComparer.Ordinal);
        }
    }

    private void AddList(ObjectNode valueSet, string file, ProblemList problems)
    {
        if (valueSet.Text("url") is not { } url)
        {
            problems.Add(file, "ValueSet", "expected url, got none");
            return;
        }

        var codes = Entry(lists, url);
        var compose = valueSet.Child("compose") ?? ObjectNode.Empty;
        if (compose["exclude"] is not null)
        {
            problems.Add(
                file, "ValueSet.compose.exclude", "expected codes that are listed, got an exclusion", "include");
        }

        foreach (var include in compose.Children("include"))
        {
            if (include["filter"] is not null || include["valueSet"] is not null || include["concept"] is null)
            {
                problems.Add(
                    file, "ValueSet.compose.include",
                    "expected concepts that are listed, got a filter, another list or a whole system", "concept");
                continue;
            }

            foreach (var concept in include.Children("concept"))
            {
                codes.Add($"{include.Text("system")}|{concept.Text("code")}");
            }
        }

        if (codes.Count > CodesMax)
        {
            problems.Add(file, "ValueSet.compose", $"expected at most {CodesMax} codes in {url}, got {codes.Count}");
        }
    }

    private void AddSystem(ObjectNode codeSystem, string file, ProblemList problems)
    {
        if (codeSystem.Text("url") is not { } url)
        {
            problems.Add(file, "CodeSystem", "expected url, got none");
            return;
        }

        var codes = Entry(ownCodes, url);
        foreach (var concept in codeSystem.Children("concept"))
        {
            codes.Add(concept.Text("code") ?? "");
        }
    }

    private static SortedSet<string> Entry(Dictionary<string, SortedSet<string>> all, string key)
    {
        if (!all.TryGetValue(key, out var codes))
        {
            all[key] = codes = new SortedSet<string>(StringComparer.Ordinal);
        }

        return codes;
    }
}
