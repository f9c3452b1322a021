import { type DeclaredRoute } from './create-route';
import { type RouteDeclaration } from './route-declaration';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
type Method = (typeof METHODS)[number];

/** The route files of the application by the path under which Next serves them, e.g. `/api/v1/keys/{id}`. */
export type RouteModules = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A declaration, and where it is served. */
export interface Operation extends RouteDeclaration {
  path: string;
  method: Lowercase<Method>;
}

const isDeclared = (exported: unknown): exported is DeclaredRoute =>
  typeof exported === 'function' && 'declaration' in exported;

/** Every declared route of these files. */
export function declaredOperations(modules: RouteModules): Operation[] {
  return Object.entries(modules).flatMap(([path, module]) =>
    METHODS.flatMap((method) => {
      const exported = module[method];
      return isDeclared(exported)
        ? [{ ...exported.declaration, path, method: method.toLowerCase() as Lowercase<Method> }]
        : [];
    }),
  );
}
