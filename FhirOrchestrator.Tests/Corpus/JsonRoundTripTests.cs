using System.IO.Compression;
using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>Whatever is read is written again with the same tokens.</summary>
internal sealed class JsonRoundTripTests
{
    [Test]
    public void Write_EveryOfficialExample_HasTheSameTokens()
    {
        using var packed = File.OpenRead(SharedFolder.Path("data/r4-examples/examples-core.ndjson.gz"));
        using var lines = new StreamReader(new GZipStream(packed, CompressionMode.Decompress), Encoding.UTF8);
        var count = 0;
        while (lines.ReadLine() is { } line)
        {
            count++;
            var utf8 = Encoding.UTF8.GetBytes(line);
            Assert.That(Difference(utf8), Is.Null, $"line {count}");
        }

        Assert.That(count, Is.EqualTo(424));
    }

    [Test]
    public void Write_EverySyntheaBundle_HasTheSameTokens()
    {
        var files = Directory.GetFiles(SharedFolder.Path("data/synthea/smart-100/bundles"), "*.json.gz");
        foreach (var file in files)
        {
            using var packed = File.OpenRead(file);
            using var gzip = new GZipStream(packed, CompressionMode.Decompress);
            using var plain = new MemoryStream();
            gzip.CopyTo(plain);

            Assert.That(Difference(plain.GetBuffer().AsSpan(0, (int)plain.Length)), Is.Null, Path.GetFileName(file));
        }

        Assert.That(files, Has.Length.EqualTo(100));
    }

    [TestCase("""{"resourceType":"Observation","valueQuantity":{"value":1.00,"x":-0,"y":1E+2,"z":1.0e-10}}""")]
    [TestCase("""{"resourceType":"Patient","unknown":{"deep":[[],{},null,[null]]},"_birthDate":{"id":"a"}}""")]
    [TestCase("""{"a":"\u00e9\"\\\/\b\f\n\r\t\ud83d\ude00","\u0062":"é😀\u007f"}""")]
    [TestCase("""[123456789012345678901234567890.12345678901234567890,0,-1,9,10]""")]
    [TestCase("\"\"")]
    public void Write_WhatIsEasilyLost_HasTheSameTokens(string text) =>
        Assert.That(Difference(Encoding.UTF8.GetBytes(text)), Is.Null);

    [Test]
    public void WriteString_Indented_HasTheSameTokens()
    {
        var utf8 = """{"a":[1.0,{},[],"é\n",null],"b":{"c":true}}"""u8;
        var value = JsonText.Read(utf8).Value ?? throw new InvalidOperationException("expected a value");

        var text = JsonText.WriteString(value, indented: true);

        Assert.That(JsonTokens.FirstDifference(utf8, Encoding.UTF8.GetBytes(text)), Is.Null);
        Assert.That(text, Does.Contain("\n"));
    }

    private static string? Difference(ReadOnlySpan<byte> utf8)
    {
        var (value, problem) = JsonText.Read(utf8);
        return value is null
            ? problem?.Message ?? "neither value nor problem"
            : JsonTokens.FirstDifference(utf8, JsonText.Write(value));
    }
}
