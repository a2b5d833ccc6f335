using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>The 424 official example resources; a test that asks for them is ignored where they are absent.</summary>
internal static class OfficialExamples
{
    private static ImmutableArray<(string File, Resource Resource)> _all;

    /// <summary>All of them, by the name of their file.</summary>
    public static ImmutableArray<(string File, Resource Resource)> All => _all.IsDefault ? _all = Read() : _all;

    /// <summary>The names of the nine that are known to break R4's own rules.</summary>
    public static HashSet<string> Defective()
    {
        var bytes = File.ReadAllBytes(SharedFolder.Path("data/r4-examples/known-defective.json"));
        return JsonText.Read(bytes).Value is ObjectNode list
            ? list.Members.Select(member => member.Name).ToHashSet(StringComparer.Ordinal)
            : throw new InvalidDataException("expected an object in known-defective.json, got none");
    }

    private static ImmutableArray<(string File, Resource Resource)> Read()
    {
        using var packed = File.OpenRead(SharedFolder.Path("data/r4-examples/examples-core.ndjson.gz"));
        using var plain = new GZipStream(packed, CompressionMode.Decompress);
        using var reader = new StreamReader(plain, Encoding.UTF8);
        var all = ImmutableArray.CreateBuilder<(string File, Resource Resource)>(424);
        while (reader.ReadLine() is { } line)
        {
            if (Resource.Read(Encoding.UTF8.GetBytes(line)).Succeeded(out var resource))
            {
                all.Add(($"{resource.Type}-{resource.Id}.json", resource));
            }
        }

        return all.DrainToImmutable();
    }
}
