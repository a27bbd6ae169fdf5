-- AlterTable
ALTER TABLE "MountOnHost" ADD COLUMN "takenOverWith" JSONB;

-- Agents of earlier versions told passwords with a comma, and comments; who needs such a list asks the host again.
UPDATE "Operation" SET "result" = NULL WHERE "kind" = 'host.existing_mounts';
