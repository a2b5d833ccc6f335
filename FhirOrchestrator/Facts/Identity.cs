namespace FhirOrchestrator.Facts;

/// <summary>A configured EHR by its name in the settings; the sandbox hospital is <c>sandbox</c>.</summary>
internal readonly record struct EhrId(string Value)
{
    public static readonly EhrId Sandbox = new("sandbox");

    public override string ToString() => Value;
}

/// <summary>
/// A site of the installation: <c>Organization/id</c> of the service provider at its EHR, or <see cref="Unknown"/>.
/// </summary>
internal readonly record struct SiteId(string Value)
{
    public static readonly SiteId Unknown = new("-");

    public override string ToString() => Value;
}

/// <summary>A resource at an EHR. Resources of two EHRs never share a key, whatever their ids.</summary>
internal sealed record ResourceKey(EhrId Ehr, string Type, string Id)
{
    /// <summary><c>Type/id</c>.</summary>
    public string Path => $"{Type}/{Id}";

    public override string ToString() => $"{Ehr}:{Path}";
}

/// <summary>How this product came to know of something.</summary>
internal enum Origin
{
    /// <summary>The EHR announced it.</summary>
    Notification,

    /// <summary>The sweep found what no notification had announced.</summary>
    Sweep,

    /// <summary>A person asked for it.</summary>
    Person,
}
