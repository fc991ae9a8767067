using System.Reflection;

namespace Fleet.Tests.Architecture;

/// <summary>What a contract must be like so that both engines carry it, also between versions of Fleet.</summary>
internal static class Contract
{
    private static readonly Type[] Plain =
    [
        typeof(bool), typeof(byte), typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(double), typeof(string),
        typeof(DateTimeOffset), typeof(TimeSpan), typeof(Guid), typeof(Orleans.Runtime.GrainId),
    ];

    /// <summary>All that is wrong with these interfaces and the messages that they reach.</summary>
    public static List<string> Faults(IEnumerable<Type> interfaces)
    {
        var faults = new List<string>();
        var messages = new HashSet<Type>();
        var all = interfaces.ToList();
        foreach (var type in all)
        {
            if (Alias(type) is null) faults.Add($"{type.Name} has no [Alias]");
            foreach (var method in type.GetMethods())
            {
                var name = $"{type.Name}.{method.Name}";
                if (Alias(method) is null) faults.Add($"{name} has no [Alias]");
                if (!IsTask(method.ReturnType)) faults.Add($"{name} returns {method.ReturnType.Name}, no Task");
                foreach (var part in method.GetParameters().Select(p => p.ParameterType).Concat(method.ReturnType.GenericTypeArguments)) Visit(part, name, messages, faults);
            }
            faults.AddRange(Twice(type.GetMethods(), Alias).Select(alias => $"{type.Name} has two methods [Alias(\"{alias}\")]"));
        }
        faults.AddRange(Twice(all.Concat(messages), Alias).Select(alias => $"two types are [Alias(\"{alias}\")]"));
        return faults;
    }

    /// <summary>Messages that these interfaces reach.</summary>
    public static HashSet<Type> Messages(IEnumerable<Type> interfaces)
    {
        var messages = new HashSet<Type>();
        foreach (var method in interfaces.SelectMany(i => i.GetMethods()))
            foreach (var part in method.GetParameters().Select(p => p.ParameterType).Concat(method.ReturnType.GenericTypeArguments)) Visit(part, "", messages, []);
        return messages;
    }

    private static void Visit(Type type, string where, HashSet<Type> messages, List<string> faults)
    {
        if (Plain.Contains(type) || type.IsEnum || typeof(Orleans.Runtime.IAddressable).IsAssignableFrom(type)) return;
        if (Nullable.GetUnderlyingType(type) is { } inner)
        {
            Visit(inner, where, messages, faults);
            return;
        }
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
        {
            Visit(type.GenericTypeArguments[0], where, messages, faults);
            return;
        }
        if (type.Assembly == typeof(object).Assembly || type.IsArray || type.IsGenericType)
        {
            faults.Add($"{where} carries {type.Name}, which is mutable or not known to travel");
            return;
        }
        if (messages.Add(type)) Look(type, messages, faults);
    }

    private static void Look(Type type, HashSet<Type> messages, List<string> faults)
    {
        foreach (var needed in (string[])["GenerateSerializerAttribute", "ImmutableAttribute", "AliasAttribute"])
            if (Find(type, needed) is null) faults.Add($"{type.Name} has no [{needed.Replace("Attribute", "", StringComparison.Ordinal)}]");

        var ids = new List<uint>();
        foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            var property = field.Name.StartsWith('<') ? type.GetProperty(field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)]) : null;
            var member = (MemberInfo?)property ?? field;
            var name = $"{type.Name}.{member.Name}";
            if (Find(member, "IdAttribute") is { } id) ids.Add((uint)id.ConstructorArguments[0].Value!);
            else faults.Add($"{name} has no [Id]");
            if (property is null ? !field.IsInitOnly : property.SetMethod is { } set && !IsInitOnly(set)) faults.Add($"{name} can be set");
            Visit(field.FieldType, name, messages, faults);
        }
        faults.AddRange(ids.GroupBy(i => i).Where(g => g.Count() > 1).Select(g => $"{type.Name} has two members [Id({g.Key})]"));
    }

    private static bool IsInitOnly(MethodInfo set) =>
        set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit));

    private static bool IsTask(Type type) => type == typeof(Task) || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>));

    private static string? Alias(MemberInfo member) => Find(member, "AliasAttribute")?.ConstructorArguments[0].Value as string;

    private static CustomAttributeData? Find(MemberInfo member, string attribute) =>
        member.GetCustomAttributesData().FirstOrDefault(a => a.AttributeType.Name == attribute);

    private static IEnumerable<string> Twice<T>(IEnumerable<T> things, Func<T, string?> alias) =>
        things.Select(alias).OfType<string>().GroupBy(a => a).Where(g => g.Count() > 1).Select(g => g.Key);
}
