using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using FhirOrchestrator.Bench;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Tests.Benchmarks;

/// <summary>Reading and writing JSON, beside the framework's document. Public because BenchmarkDotNet asks for it.
/// </summary>
public class ParseBenchmarks
{
    private byte[] _utf8 = [];
    private Node? _value;

    /// <summary>What is read and written.</summary>
    [Params("encounter", "task", "bundle")]
    public string Input { get; set; } = "";

    /// <summary>Makes the input.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _utf8 = Input switch
        {
            "encounter" => Encoding.UTF8.GetBytes(PathSpeedSamples.Encounter),
            "task" => Encoding.UTF8.GetBytes(PathSpeedSamples.Task),
            _ => FhirBench.Bundle(),
        };
        _value = JsonText.Read(_utf8).Value;
    }

    /// <summary>The framework's document.</summary>
    [Benchmark(Baseline = true)]
    public void JsonDocumentParse() => JsonDocument.Parse(_utf8).Dispose();

    /// <summary>Our tree.</summary>
    [Benchmark]
    public object? Read() => JsonText.Read(_utf8).Value;

    /// <summary>Our tree, and each text of it as a string.</summary>
    [Benchmark]
    public int ReadAndAskForAllTexts() => TextLength(JsonText.Read(_utf8).Value);

    /// <summary>The bytes of our tree.</summary>
    [Benchmark]
    public byte[] Write() => JsonText.Write(_value!);

    private static int TextLength(Node? value) => value switch
    {
        ObjectNode node => node.Members.Sum(member => TextLength(member.Value)),
        ArrayNode node => node.Items.Sum(TextLength),
        TextNode node => node.Value.Length,
        _ => 0,
    };
}
