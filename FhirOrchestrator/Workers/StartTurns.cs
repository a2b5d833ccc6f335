using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Matching;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Workers;

/// <summary>
/// Starts chains: screens the announced resource, reads what the decision needs, judges, and creates the chain.
/// Everything that it reads joins the chain's dossier, so that the chain can be explained years later.
/// </summary>
internal sealed class StartTurns(IChainStore store, ChainTurns turns, PackageShelf shelf)
{
    /// <summary>The verdicts of all packages about one happening.</summary>
    public async Task<MatchAnswer> MatchAsync(
        Happening happening, Resource announced, EhrClient ehr, CancellationToken ct)
    {
        var answer = new MatchAnswer();
        var reads = new DossierReader(ehr, await store.NowAsync(ct));
        foreach (var package in shelf.Current.Where(package => package.MayStart))
        {
            foreach (var screening in StartMatcher.Screen(package, announced, reads.Now))
            {
                if (screening.Refused is { } refused)
                {
                    answer.Add(refused);
                    continue;
                }

                await StartAsync(new Candidate(happening, announced, package, screening), reads, answer, ct);
                if (answer.RetryBecause is not null)
                {
                    return answer;
                }
            }
        }

        return answer;
    }

    private async Task StartAsync(Candidate candidate, DossierReader reads, MatchAnswer answer, CancellationToken ct)
    {
        var (_, announced, package, screening) = candidate;
        var trigger = screening.TriggerReference is { } reference
            ? await reads.ReadAsync("trigger", reference, ct)
            : reads.Keep("trigger", announced);
        if (trigger is null)
        {
            answer.AddUnread(package, "no-trigger", "what it refers to cannot be read", reads);
            return;
        }

        var subject = StartMatcher.Subject(package, trigger, reads.Now);
        var patient = subject is null ? null : await reads.ReadAsync("patient", subject, ct);
        if (patient is null || patient.Type != "Patient")
        {
            answer.AddUnread(package, "no-patient", "it names no patient who can be read", reads);
            return;
        }

        if ((Modifiers.FirstUnknown(trigger) ?? Modifiers.FirstUnknown(patient)) is { } modifier)
        {
            answer.Add(new MatchVerdict(
                package.Definition.Plan.Url, MatchKind.Quarantined, MatchReasons.UnknownModifier,
                $"{modifier} changes its meaning in a way that is not understood"));
            return;
        }

        if (StartMatcher.Judge(package, screening.Rule, trigger, patient, reads.Now) is { } refused)
        {
            answer.Add(refused);
            return;
        }

        await CreateAsync(candidate, trigger, patient, reads, answer, ct);
    }

    private async Task CreateAsync(
        Candidate candidate, Resource trigger, Resource patient, DossierReader reads, MatchAnswer answer,
        CancellationToken ct)
    {
        var package = candidate.Package;
        var ehr = candidate.Happening.Key.Ehr;
        var key = StartMatcher.BusinessKey(package, trigger, reads.Now);
        var plan = package.Definition.Plan;
        if (await store.FindByKeyAsync(plan.Url, ehr, key, ct) is { } earlier)
        {
            answer.Add(Already(plan.Url, earlier));
            return;
        }

        var dossier = await reads.ReadInputsAsync(package, trigger, patient, ct);
        if (dossier is null)
        {
            answer.AddUnread(package, "no-input", "what the plan reads at its start cannot be read", reads);
            return;
        }

        var id = ChainId.Of(plan.Url, ehr.Value, key);
        var created = new ChainRecord
        {
            State = ChainMachine.Create(id, package.Definition),
            Package = package.Name,
            Ehr = ehr,
            Site = SiteOf(trigger),
            BusinessKey = key,
            Patient = patient.Path,
            StartedBy = candidate.Happening.Origin,
            Dossier = dossier.Value,
        };
        var result = await turns.StartAsync(created, package, ct);
        answer.Add(result.Verdict == Verdict.Applied
            ? new MatchVerdict(plan.Url, MatchKind.Started, MatchReasons.Started, "every start condition holds", id)
            : Already(plan.Url, id));
    }

    private static MatchVerdict Already(string plan, ChainId chain) =>
        new(plan, MatchKind.AlreadyStarted, MatchReasons.AlreadyStarted, "its business key has a chain", chain);

    private static SiteId SiteOf(Resource trigger) =>
        ResourceReference.Of(trigger.Root.Child("serviceProvider")) is { Path: { } path }
            ? new SiteId(path)
            : SiteId.Unknown;

    private sealed record Candidate(
        Happening Happening, Resource Announced, WorkflowPackage Package, StartScreening Screening);
}
