using FhirOrchestrator.Chains;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Remote;

namespace FhirOrchestrator.Steps;

/// <summary>What an EHR's reply means to a step.</summary>
internal static class Replies
{
    /// <summary>Why a reply that may turn out well later did not now.</summary>
    public static Code Reason(FhirReply reply) => reply.Outcome switch
    {
        FhirOutcome.Ok => EffectReasons.NotReadBack,
        FhirOutcome.Throttled => EffectReasons.Throttled,
        FhirOutcome.Unauthorized => EffectReasons.Unauthorized,
        FhirOutcome.Conflict or FhirOutcome.PreconditionFailed => EffectReasons.Conflict,
        FhirOutcome.Unknown => EffectReasons.UnknownOutcome,
        FhirOutcome.Unavailable => EffectReasons.Unavailable,
        // A bare 404 may be a proxy's or a wrong base's: it is no answer about the resource.
        FhirOutcome.NotFound or FhirOutcome.Gone => EffectReasons.Unavailable,
        FhirOutcome.Refused => EffectReasons.Refused,
    };

    /// <summary>The report of a try that another one may follow.</summary>
    public static StepReport.Retry Retry(FhirReply reply) => new(Reason(reply), reply.RetryAfter);
}
