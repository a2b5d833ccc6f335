using FhirOrchestrator.Facts;

namespace FhirOrchestrator.Settings;

/// <summary>All settings of the server, checked. The keys stand in the remarks of each member.</summary>
internal sealed record ServerSettings
{
    public const string UrlDefault = "http://localhost:5080";

    /// <summary>
    /// Where the server listens: <c>Urls</c>, several separated by semicolons. Default <see cref="UrlDefault"/>.
    /// Whatever stands here, every door but <c>/hooks</c> and <c>/health</c> answers this machine only (see Access).
    /// </summary>
    public required ImmutableArray<string> Urls { get; init; }

    /// <summary>
    /// How EHRs reach this server: <c>PublicUrl</c>, without query and fragment. Default: the first of
    /// <see cref="Urls"/>, a wildcard read as localhost.
    /// </summary>
    public required Uri PublicUrl { get; init; }

    /// <summary>
    /// The folder of the private cluster, absolute: <c>DataFolder</c>, default <c>.data</c> at the content root.
    /// </summary>
    public required string DataFolder { get; init; }

    /// <summary>
    /// False where nobody named a folder: the private cluster of root then moves to a place it can own.
    /// </summary>
    public required bool DataFolderGiven { get; init; }

    /// <summary>The section <c>Workflows</c>.</summary>
    public required WorkflowsSettings Workflows { get; init; }

    /// <summary>The section <c>ConnectionStrings</c>.</summary>
    public ConnectionSettings ConnectionStrings { get; init; } = new();

    /// <summary>The section <c>Ehrs</c>, in the order of its numbers; empty: the built-in sandbox hospital.</summary>
    public ImmutableArray<EhrSettings> Ehrs { get; init; } = [];

    /// <summary>The section <c>Sweeps</c>.</summary>
    public SweepSettings Sweeps { get; init; } = new();

    /// <summary>The section <c>Subscriptions</c>.</summary>
    public SubscriptionSettings Subscriptions { get; init; } = new();

    /// <summary>The section <c>Intake</c>.</summary>
    public IntakeSettings Intake { get; init; } = new();

    /// <summary>
    /// What the sandbox hospital does by itself: <c>Sandbox:Hospital</c>, living (default), quiet or empty.
    /// </summary>
    public HospitalLife Hospital { get; init; } = HospitalLife.Living;

    /// <summary>True where nothing is configured: the sandbox hospital plays the EHR.</summary>
    public bool UsesSandbox => Ehrs.IsEmpty;

    /// <summary>
    /// How this machine reaches the server: the first of <see cref="Urls"/>, a wildcard read as localhost.
    /// </summary>
    public Uri LocalUrl => WebAddress.OfListening(Urls[0]);

    /// <summary>
    /// The configured EHRs; where there are none, the sandbox hospital of this process, written to freely.
    /// </summary>
    public ImmutableArray<EhrSettings> EhrsInForce => UsesSandbox
        ? [new EhrSettings
        {
            Name = EhrId.Sandbox,
            BaseUrl = new Uri(LocalUrl, "sandbox/fhir"),
            Kind = "sandbox",
            Writes = WriteScope.All,
        }]
        : Ehrs;

    /// <summary>The URL of one of our doors as EHRs see it, such as <c>PublicUrl/hooks/token</c>.</summary>
    /// <param name="path">The path without a slash at its begin.</param>
    public Uri UnderPublicUrl(string path) => new($"{PublicUrl.AbsoluteUri.TrimEnd('/')}/{path}");
}

/// <summary>What the sandbox hospital does by itself.</summary>
internal enum HospitalLife
{
    /// <summary>It has patients, who come and go.</summary>
    Living,

    /// <summary>It has patients; nothing happens but by somebody's hand.</summary>
    Quiet,

    /// <summary>It has nobody until somebody loads them.</summary>
    Empty,
}

/// <summary>The section <c>Workflows</c>.</summary>
internal sealed record WorkflowsSettings
{
    /// <summary>
    /// The folder of the workflow packages, absolute. Default <c>subscriptions</c> at the content root.
    /// </summary>
    public required string Folder { get; init; }
}

/// <summary>The section <c>ConnectionStrings</c>: both absent means the private cluster.</summary>
internal sealed record ConnectionSettings
{
    /// <summary>The login of the running server: owns nothing, may not bypass row-level security.</summary>
    public string? Orchestrator { get; init; }

    /// <summary>The login that owns the schema. Without it, the schema has to be right already.</summary>
    public string? Migrator { get; init; }

    /// <summary>True where the server runs a PostgreSQL of its own.</summary>
    public bool UsesPrivateCluster => Orchestrator is null;

    /// <summary>Says only which logins are there: a connection string holds a password.</summary>
    public override string ToString() =>
        $"Orchestrator {Presence(Orchestrator)}, Migrator {Presence(Migrator)}";

    private static string Presence(string? text) => text is null ? "absent" : "given";
}

/// <summary>The section <c>Sweeps</c>: looking for what no notification announced.</summary>
internal sealed record SweepSettings
{
    /// <summary>How often an EHR is swept. Default 30 s, from 1 s to 1 day.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How old a change has to be before its missing notification counts as lost. Default 10 s, from 0 to 1 h.
    /// </summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How far behind its watermark a sweep looks again, because EHRs stamp a change before they show it. Default 2
    /// min, from 0 to 1 day.
    /// </summary>
    public TimeSpan Overlap { get; init; } = TimeSpan.FromMinutes(2);
}

/// <summary>The section <c>Subscriptions</c>: keeping what we registered alive.</summary>
internal sealed record SubscriptionSettings
{
    /// <summary>How often the state of each Subscription is read. Default 1 min, from 1 s to 1 h.</summary>
    public TimeSpan CheckEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a Subscription may stay requested before it is submitted again. Default 2 min, from 1 s to 1 h.
    /// </summary>
    public TimeSpan ActivationMax { get; init; } = TimeSpan.FromMinutes(2);
}

/// <summary>The section <c>Intake</c>: what a notification may cost.</summary>
internal sealed record IntakeSettings
{
    /// <summary>
    /// The largest body taken in, in bytes; more is answered 413. Default 4 MiB, from 1 KiB to 64 MiB.
    /// </summary>
    public int BodyBytesMax { get; init; } = 4 * 1024 * 1024;
}
