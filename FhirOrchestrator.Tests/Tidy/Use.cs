namespace FhirOrchestrator.Tests.Tidy;

/// <summary>One type using another, as the compiled assembly has it.</summary>
/// <param name="UserType">The using type, with its namespace; of a nested or generated one the type around it.</param>
/// <param name="UserMember">Its member; of a lambda or a state machine the member that it was written in.</param>
/// <param name="IsGenerated">True inside the <c>MoveNext</c> of a state machine.</param>
/// <param name="UsedType">The used type, with its namespace; of a nested one of ours the type around it.</param>
/// <param name="UsedMember">The used member; empty where the type itself is named.</param>
/// <param name="IsOurs">True where the used type lies in the same assembly.</param>
internal sealed record Use(
    string UserType, string UserMember, bool IsGenerated, string UsedType, string UsedMember, bool IsOurs)
{
    public string UserNamespace => NamespaceOf(UserType);

    public string UsedNamespace => NamespaceOf(UsedType);

    /// <summary><c>Type.Member</c> of the user, without the namespace: stable when lines move.</summary>
    public string Subject => $"{UserType}.{UserMember}";

    private static string NamespaceOf(string type) => type.LastIndexOf('.') is var dot && dot < 0 ? "" : type[..dot];
}
