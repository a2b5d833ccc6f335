using FhirOrchestrator.Facts;

namespace FhirOrchestrator.Settings;

/// <summary>One configured EHR: the section <c>Ehrs:N</c>.</summary>
internal sealed record EhrSettings
{
    /// <summary>The name that identifies it for ever: letters, digits and hyphens, unique.</summary>
    public required EhrId Name { get; init; }

    /// <summary>Its FHIR R4 base, without a slash at the end.</summary>
    public required Uri BaseUrl { get; init; }

    /// <summary>
    /// Its kind: the name of a profile in <c>Subscriptions/Kinds</c> (sandbox, hapi, candle, medplum).
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>
    /// What may be written to it: off, task, communication, all. Default <see cref="WriteScope.Off"/> for every
    /// configured EHR, whatever its kind; only the built-in hospital has All.
    /// </summary>
    public WriteScope Writes { get; init; } = WriteScope.Off;

    /// <summary>Take in history from this instant on; null: only what happens from the registration on.</summary>
    public DateTimeOffset? Since { get; init; }

    public EhrAuth Auth { get; init; } = new EhrAuth.None();
}

/// <summary>What may be written to an EHR. Whatever may not is rendered and kept as "would have written".</summary>
[Flags]
internal enum WriteScope
{
    Off = 0,
    Task = 1,
    Communication = 2,
    All = Task | Communication,
}

/// <summary>How to authenticate to an EHR.</summary>
internal abstract record EhrAuth
{
    private EhrAuth()
    {
    }

    public sealed record None : EhrAuth;

    /// <summary>A fixed bearer token.</summary>
    public sealed record Bearer(string Token) : EhrAuth
    {
        public override string ToString() => "bearer (token not shown)";
    }

    /// <summary>User name and password (RFC 7617).</summary>
    public sealed record Basic(string User, string Password) : EhrAuth
    {
        public override string ToString() => "basic (password not shown)";
    }
}
