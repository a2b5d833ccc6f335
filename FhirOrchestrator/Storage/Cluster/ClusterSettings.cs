namespace FhirOrchestrator.Storage.Cluster;

/// <summary>Where the private PostgreSQL cluster lives and how it behaves.</summary>
internal sealed record ClusterSettings
{
    /// <summary>
    /// The folder below which the cluster is kept, in a folder <c>postgres</c>; null:
    /// <c>/var/lib/fhirorchestrator</c> for root (the unprivileged account must reach it), else <c>.data</c> in the
    /// current folder.
    /// </summary>
    public string? DataFolder { get; init; }

    /// <summary>False only in tests: commits are then not forced to the disk, and a power cut loses them.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>Most connections that the cluster accepts; default 200.</summary>
    public int ConnectionsMax { get; init; } = 200;
}

/// <summary>The private cluster cannot be started; the message says what to do about it.</summary>
internal sealed class ClusterException(string message, Exception? inner = null) : Exception(message, inner);
