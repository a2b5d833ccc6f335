using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>
/// Random and broken JSON: what the framework's reader takes in its strictest form is taken, all else is refused with a
/// reason, and what is taken is written again with the same tokens.
/// </summary>
internal sealed class JsonFuzzTests
{
    private const int Seed = 20261120;

    [Test]
    public void Read_FiveThousandInputs_AgreesWithTheFramework() => Run(5_000, Seed);

    [Test]
    [Explicit("by hand: a minute")]
    public void Read_AMillionInputs_AgreesWithTheFramework() => Run(1_000_000, Seed + 1);

    private static void Run(int rounds, int seed)
    {
        var source = new JsonMutants(new Random(seed));
        var (accepted, refused) = (0, 0);
        for (var round = 0; round < rounds; round++)
        {
            var input = source.Next();
            try
            {
                if (Check(input))
                {
                    accepted++;
                }
                else
                {
                    refused++;
                }
            }
            catch (Exception broken)
            {
                Assert.Fail($"seed {seed}, round {round}, input {Convert.ToBase64String(input)}: {broken.Message}");
            }
        }

        TestContext.Out.WriteLine($"seed {seed}: {rounds} inputs, {accepted} accepted, {refused} refused");
        Assert.That(accepted, Is.GreaterThan(rounds / 10), "too few valid inputs to mean anything");
        Assert.That(refused, Is.GreaterThan(rounds / 10), "too few broken inputs to mean anything");
    }

    private static bool Check(byte[] input)
    {
        var (value, problem) = JsonText.Read(input);
        var reason = StrictJson.Reason(input);
        if (value is null)
        {
            return problem is not { Message.Length: > 0 } || problem.Offset < 0 || problem.Offset > input.Length
                ? throw new InvalidOperationException("expected a reason and where, got none")
                : reason is null
                    ? throw new InvalidOperationException($"expected to accept, got '{problem.Message}'")
                    : false;
        }

        if (reason is not null)
        {
            throw new InvalidOperationException($"expected to refuse for '{reason}', got a value");
        }

        var bare = input.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? input.AsSpan(3) : input;
        var written = JsonText.Write(value);
        return (JsonTokens.FirstDifference(bare, written) ?? Again(written)) is { } difference
            ? throw new InvalidOperationException(difference)
            : true;
    }

    // What we write we read, and write again to the byte; with every text asked for on the way.
    private static string? Again(byte[] written)
    {
        var again = JsonText.Read(written).Value;
        if (again is null)
        {
            return "expected to read what was written, got a problem";
        }

        Touch(again);
        return JsonText.Write(again).AsSpan().SequenceEqual(written) ? null : "expected the same bytes, got others";
    }

    private static void Touch(Node value)
    {
        switch (value)
        {
            case ObjectNode node:
                foreach (var member in node.Members)
                {
                    Touch(member.Value);
                }

                break;
            case ArrayNode node:
                foreach (var item in node.Items)
                {
                    Touch(item);
                }

                break;
            case TextNode node:
                _ = node.Value.Length;
                break;
        }
    }
}
