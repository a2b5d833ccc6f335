using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Outcomes;

/// <summary>
/// What a chain's patient or trigger says that forbids every outward effect until a person decides: asked when news of
/// them comes in, and again before each effect.
/// </summary>
internal static class SubjectReading
{
    /// <summary>Why a chain must be held because of its patient's record; null where it need not.</summary>
    public static Code? OfPatient(Resource patient) =>
        OfModifiers(patient)
        ?? (patient.Root["active"] is BooleanNode { Value: false } ? EffectReasons.PatientInactive
            : patient.Root.Children("link").Any(link => link.Text("type") == "replaced-by")
                ? EffectReasons.PatientMerged
                : null);

    /// <summary>Why a chain must be held because of its trigger; null where it need not.</summary>
    public static Code? OfTrigger(ChainView chain, Resource trigger) =>
        OfModifiers(trigger) ?? SubjectProblem(chain, trigger);

    /// <summary>
    /// Why a resource must not be acted on: something changes its meaning in a way that is not understood.
    /// </summary>
    public static Code? OfModifiers(Resource resource) =>
        Modifiers.FirstUnknown(resource) is null ? null : EffectReasons.UnknownModifier;

    // The subject by the plan's own expression, compared as (EHR, type, id), never as text.
    private static Code? SubjectProblem(ChainView chain, Resource trigger)
    {
        try
        {
            var item = PathItem.Of(trigger);
            var context = ChainVariables.Of(chain).With(Dossier.TriggerName, item);
            var found = chain.Package.Subject.Evaluate(item, context);
            if (found.Count != 1)
            {
                return EffectReasons.SubjectUnknown;
            }

            var target = found[0].ToNode() switch
            {
                ObjectNode reference => Elements.Target(reference, chain.BaseUrl),
                TextNode text => Elements.Target(ResourceReference.Parse(text.Value), chain.BaseUrl),
                _ => null,
            };
            return target is null ? EffectReasons.SubjectUnknown
                : target == chain.Patient ? null
                : EffectReasons.SubjectChanged;
        }
        catch (FhirPathException)
        {
            return EffectReasons.SubjectUnknown;
        }
    }
}
