using System.Globalization;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Patch;

/// <summary>What kind of reason keeps a patch from being applied.</summary>
internal enum PatchFault
{
    /// <summary>The patch is none: whatever it is applied to, it fails.</summary>
    Malformed,

    /// <summary>The patch does not fit what it is applied to.</summary>
    NotApplicable,

    /// <summary>A <c>test</c> of the patch failed: what it is applied to is not what its author saw.</summary>
    TestFailed,
}

/// <summary>Why a patch is not applied; nothing of it is then.</summary>
/// <param name="Words">Which operation, and expected X, got Y; without values of the resource.</param>
internal sealed record PatchProblem(PatchFault Fault, string Words)
{
    /// <summary>The problem of an operation.</summary>
    /// <param name="index">Its place in the patch, from 0.</param>
    /// <param name="name">What it is and where, such as <c>add /name/0</c>.</param>
    public PatchProblem In(int index, string name) => this with
    {
        Words = string.Create(CultureInfo.InvariantCulture, $"operation {index} ({name}): {Words}"),
    };

    public static PatchProblem Malformed(string words) => new(PatchFault.Malformed, words);

    public static PatchProblem NotApplicable(string words) => new(PatchFault.NotApplicable, words);
}

/// <summary>What a patch made, or why it could not be applied.</summary>
internal readonly record struct Patched<T>(T? Value, PatchProblem? Problem)
    where T : class
{
    public static implicit operator Patched<T>(T value) => new(value, null);

    public static implicit operator Patched<T>(PatchProblem problem) => new(null, problem);

    /// <summary>True, and what was made; else the problem.</summary>
    public bool Succeeded(
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? value,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out PatchProblem? problem)
    {
        (value, problem) = (Value, Value is null ? Problem ?? PatchProblem.Malformed("expected a value") : null);
        return value is not null;
    }
}

/// <summary>How much a patch may do.</summary>
internal static class PatchLimits
{
    /// <summary>The most operations of a patch.</summary>
    public const int OperationsMax = 1_000;

    /// <summary>The most values, nested ones counted, that all copies of a patch may make.</summary>
    public const int CopiedMax = 100_000;

    /// <summary>How many values there are in a value, itself counted, and how many levels.</summary>
    public static (int Count, int Levels) Weigh(Node value)
    {
        var (count, levels) = (1, 0);
        var children = value switch
        {
            ObjectNode node => node.Members.Select(member => member.Value),
            ArrayNode node => node.Items,
            _ => [],
        };
        foreach (var child in children)
        {
            var below = Weigh(child);
            count += below.Count;
            levels = Math.Max(levels, below.Levels);
        }

        return (count, value is ObjectNode or ArrayNode ? levels + 1 : 0);
    }
}
