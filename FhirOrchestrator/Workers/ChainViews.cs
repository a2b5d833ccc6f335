using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Workers;

/// <summary>Stored chains as expressions and projections look at them.</summary>
internal sealed class ChainViews(EhrClients ehrs, InstallationId installation)
{
    /// <summary>The system of all identifiers that this installation writes.</summary>
    public string IdentifierSystem { get; } = installation.System;

    // Of an EHR that is not configured any more: no reference is below it, nothing is sent to it.
    private static readonly Uri Nowhere = new("https://unconfigured.invalid/");

    /// <summary>The base of an EHR; references below it are local.</summary>
    public Uri BaseOf(EhrId ehr) => ehrs.TryGet(ehr, out var client) ? client.Settings.BaseUrl : Nowhere;

    public ChainView Of(
        ChainRecord chain, WorkflowPackage package, ImmutableArray<WrittenEffect> effects, DateTimeOffset now) => new()
        {
            Package = package,
            State = chain.State,
            Dossier = DossierOf(chain),
            Effects = [.. effects.Select(EffectOf)],
            Patient = chain.Patient,
            Installation = IdentifierSystem,
            BaseUrl = BaseOf(chain.Ehr),
            Now = now,
        };

    public static Dossier DossierOf(ChainRecord chain) =>
        new([.. chain.Dossier.Select(entry => new DossierResource(
            entry.Name, entry.Type, entry.Id, entry.Version,
            entry.Body.IsEmpty ? null : Resource.Read(entry.Body.Span).Value, entry.ReadAt))]);

    public static Effect EffectOf(WrittenEffect written) => new()
    {
        Step = written.Step,
        Round = written.Round,
        Type = written.Type,
        ContentHash = written.ContentHash,
        Id = written.Id,
        Version = written.Version,
        Body = written.Body,
        Withheld = written.Withheld,
    };
}

/// <summary>This installation: made once by its database, never the same for test and production.</summary>
internal sealed record InstallationId(Guid Value)
{
    /// <summary>The system of its identifiers.</summary>
    public string System => $"urn:uuid:{Value}";
}
