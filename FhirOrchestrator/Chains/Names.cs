using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FhirOrchestrator.Chains;

/// <summary>
/// A chain's identity: UUIDv5 of plan, EHR and business key (RFC 9562, 5.5), so that a restored database gives the same
/// chain the same identifiers again.
/// </summary>
internal readonly record struct ChainId(Guid Value)
{
    // The name space of chain ids; never changes, or restored installations would double their effects.
    private static readonly Guid Space = new("5f0b7c1e-3d0a-5e6c-9d57-8a4c2a1f6b10");

    /// <summary>The id of the chain that a plan (URL without version) runs for a business key at an EHR.</summary>
    public static ChainId Of(string planUrl, string ehr, string businessKey) =>
        new(NameBased(Space, $"{planUrl}\n{ehr}\n{businessKey}"));

    public override string ToString() => Value.ToString("D", CultureInfo.InvariantCulture);

    private static Guid NameBased(Guid space, string name)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        // RFC 9562 names SHA-1 for version 5; nothing secret depends on it.
#pragma warning disable CA5350
        SHA1.HashData([.. space.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(name)], hash);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}

/// <summary>A step of a plan: <c>PlanDefinition.action.id</c>.</summary>
internal readonly record struct StepName(string Value) : IComparable<StepName>
{
    public static bool operator <(StepName left, StepName right) => left.CompareTo(right) < 0;

    public static bool operator >(StepName left, StepName right) => left.CompareTo(right) > 0;

    public static bool operator <=(StepName left, StepName right) => left.CompareTo(right) <= 0;

    public static bool operator >=(StepName left, StepName right) => left.CompareTo(right) >= 0;

    public int CompareTo(StepName other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}

/// <summary>
/// One run of a step, and the fence of its result: a result that carries an older attempt is stale. The round counts
/// performers or repetitions (1 the first); the number counts tries within the round (1 the first).
/// </summary>
internal readonly record struct Attempt(StepName Step, int Round, int Number)
{
    public override string ToString() => $"{Step}/{Round}#{Number}";
}

/// <summary>
/// Which compiled expression of the plan is meant, such as <c>stop/death</c> or <c>step/triage/due</c>.
/// </summary>
internal readonly record struct ExpressionKey(string Value)
{
    public override string ToString() => Value;
}

/// <summary>A running chain's definition: canonical <c>url|version</c> and the hash of the package's content.</summary>
internal sealed record PlanVersion(string Url, string Version, string ContentHash)
{
    public override string ToString() => $"{Url}|{Version}";
}

/// <summary>A code with its system and words, as a Coding has them.</summary>
internal sealed record Code(string? System, string Value, string? Display = null);
