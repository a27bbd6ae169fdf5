-- Advice is put into words when it is shown; the host tells the rest of it again.
ALTER TABLE "BackendOnHost" DROP COLUMN "observedAdvice";

-- AlterTable
ALTER TABLE "Backend" ADD COLUMN "observedOn" TEXT;
ALTER TABLE "Backend" ADD COLUMN "observedProblem" TEXT;
ALTER TABLE "Backend" ADD COLUMN "observedSaid" TEXT;
ALTER TABLE "Backend" ADD COLUMN "observedValues" JSONB;

-- AlterTable
ALTER TABLE "BackendOnHost" ADD COLUMN "observedSaid" TEXT;
ALTER TABLE "BackendOnHost" ADD COLUMN "observedValues" JSONB;

-- AlterTable
ALTER TABLE "MountOnHost" ADD COLUMN "observedSaid" TEXT;
ALTER TABLE "MountOnHost" ADD COLUMN "observedValues" JSONB;

-- AlterTable
ALTER TABLE "MountEvent" ADD COLUMN "said" TEXT;
ALTER TABLE "MountEvent" ADD COLUMN "values" JSONB;

-- AlterTable
ALTER TABLE "Operation" ADD COLUMN "problem" TEXT;
ALTER TABLE "Operation" ADD COLUMN "said" TEXT;
ALTER TABLE "Operation" ADD COLUMN "values" JSONB;

-- AlterTable
ALTER TABLE "OperationHost" ADD COLUMN "problem" TEXT;
ALTER TABLE "OperationHost" ADD COLUMN "said" TEXT;
ALTER TABLE "OperationHost" ADD COLUMN "values" JSONB;
